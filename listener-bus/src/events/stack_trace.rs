use super::json::json_object;

json_object! {
    /// One frame of a stack trace.
    pub struct StackTraceElement {
        /// The class that declares the method.
        declaring_class: String = "Declaring Class" [required],
        /// The method.
        method_name: String = "Method Name" [required],
        /// The source file, where it is known.
        file_name: Option<String> = "File Name" [or_null],
        /// The line in the source file, from 1; negative where there is none, -2 for native code.
        line_number: i32 = "Line Number" [required],
    }
}

json_object! {
    /// An exception that made a job fail.
    pub struct ExceptionInfo {
        /// What it says of itself.
        message: Option<String> = "Message" [or_null],
        /// Where it was raised, innermost frame first. Absent or null: empty.
        stack_trace: Vec<StackTraceElement> = "Stack Trace" [default],
    }
}
