use std::any::type_name;
use std::borrow::Cow;

use async_event_queue::Gap;

use super::kinds::event_kinds;
use super::{OtherEvent, SchedulerEvent};

macro_rules! define_listener {
    ($($(#[$doc:meta])* $Kind:ident $name:literal $method:ident $weight:ident;)*) => {
        /// Something that is told of scheduler events.
        ///
        /// There is a method a kind, and each does nothing unless it is overridden.
        pub trait SchedulerListener: Send + 'static {
            $(
                $(#[$doc])*
                #[expect(unused_variables, reason = "the default does nothing")]
                fn $method(&mut self, event: &super::$Kind) {}
            )*

            /// An event of any other kind.
            #[expect(unused_variables, reason = "the default does nothing")]
            fn on_other(&mut self, event: &OtherEvent) {}

            /// Called with every event; hands it to the method for its kind unless it is overridden.
            fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
                match event {
                    $(SchedulerEvent::$Kind(event) => self.$method(event),)*
                    SchedulerEvent::Other(event) => self.on_other(event),
                }
            }

            /// Called when events were dropped before the next one this listener gets, or before it is closed: what it
            /// has counted or inferred so far may be wrong from here on. Defaults to doing nothing.
            #[expect(unused_variables, reason = "the default does nothing")]
            fn on_gap(&mut self, gap: &Gap) {}

            /// Called once after its last event. Defaults to doing nothing.
            fn on_close(&mut self) {}

            /// What logs and metrics call the listener. Defaults to the name of its type, without the path.
            fn name(&self) -> Cow<'static, str> {
                Cow::Borrowed(short_type_name::<Self>())
            }
        }
    };
}

event_kinds!(define_listener);

fn short_type_name<T: ?Sized>() -> &'static str {
    let full = type_name::<T>();
    let path = full.split_once('<').map_or(full, |(path, _)| path);
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}
