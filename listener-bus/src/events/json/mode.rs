/// What the modes of the fields of [`json_object`](super::json_object) mean.
macro_rules! json_mode {
    // What a field is by default.
    (@default or $value:expr) => { $value };
    (@default required, new $value:expr) => { $value };
    (@default $($mode:tt)+) => { Default::default() };

    // What is read under its key: `None` stands for absent.
    (@read $args:tt required $(, new $value:expr)?) => { Some($crate::events::json::json_mode!(@value $args)) };
    (@read $args:tt or_omit) => { Some($crate::events::json::json_mode!(@value $args)) };
    (@read $args:tt or_null) => { Some($crate::events::json::json_mode!(@value $args)) };
    (@read $args:tt $($mode:tt)+) => { $crate::events::json::json_mode!(@nullable $args) };
    (@value ($map:ident, $pass:ident, $key:literal, $ty:ty)) => {
        $crate::events::json::read_value::<$ty, A>(&mut $map, $pass, $key)?
    };
    (@nullable ($map:ident, $pass:ident, $key:literal, $ty:ty)) => {
        $crate::events::json::read_value::<Option<$ty>, A>(&mut $map, $pass, $key)?
    };

    // What it is after reading.
    (@finish ($pass:ident, $key:literal, $field:ident) required $(, new $value:expr)?) => {
        match $field {
            Some(value) => value,
            None => return Err($pass.missing($key)),
        }
    };
    (@finish ($pass:ident, $key:literal, $field:ident) or $value:expr) => { $field.unwrap_or_else(|| $value) };
    (@finish ($pass:ident, $key:literal, $field:ident) or_from $value:expr) => { $field.unwrap_or_else(|| $value) };
    (@finish ($pass:ident, $key:literal, $field:ident) $mode:tt) => { $field.unwrap_or_default() };

    // What is scanned behind its key, and what it is afterwards.
    (@scan $scan:ident required $(, new $value:expr)?) => { Some($crate::events::json::JsonField::scan($scan)?) };
    (@scan $scan:ident or_omit) => { Some($crate::events::json::JsonField::scan($scan)?) };
    (@scan $scan:ident or_null) => { Some($crate::events::json::JsonField::scan($scan)?) };
    (@scan $scan:ident $($mode:tt)+) => { $crate::events::json::JsonField::scan($scan)? };
    (@scanned $field:ident required $(, new $value:expr)?) => { $field? };
    (@scanned $field:ident or $value:expr) => { $field.unwrap_or_else(|| $value) };
    (@scanned $field:ident or_from $value:expr) => { $field.unwrap_or_else(|| $value) };
    (@scanned $field:ident $mode:tt) => { $field.unwrap_or_default() };

    // How it is written.
    (@write ($map:ident, $key:literal, $value:expr) or_omit) => {
        if let Some(value) = $value {
            $map.serialize_entry($key, value)?;
        }
    };
    (@write ($map:ident, $key:literal, $value:expr) $($mode:tt)+) => { $map.serialize_entry($key, $value)? };
}
pub(in crate::events) use json_mode;
