//! When a rolling log goes on in a new file.

use std::fs;

use listener_bus::event_log::{Codec, EventLogSettings, Flush, MIN_FILE_SIZE};

use super::{ROLLING, create, folder, names_in, numbered, numbers, write_numbered};
use crate::support::read_log;

#[test]
fn a_log_of_each_codec_rolls_by_its_size_before_it_is_compressed() {
    for codec in Codec::WRITTEN {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path()).codec(codec).layout(ROLLING);
        let mut writer = create(&settings, "app-1");
        let lines = 1_000;
        for number in 0..lines {
            writer.write_line(numbered(number, 5_000), Flush::Later).unwrap();
        }
        assert_eq!(writer.files().len(), 3, "{codec}");
        let written = writer.finish().unwrap();
        assert_eq!(written.files.len(), 3, "{codec}");
        for (index, file) in written.files.iter().enumerate() {
            let expected = settings_name(index + 1, codec);
            assert_eq!(file.file_name().unwrap().to_str().unwrap(), expected);
            let read = read_log(file);
            assert!(read.report.counts.bytes <= MIN_FILE_SIZE, "{:?}", read.report);
            assert!(index == 2 || read.report.counts.bytes > MIN_FILE_SIZE - 6_000, "{:?}", read.report);
        }
        assert_eq!(numbers(&written.path), (0..lines).collect::<Vec<_>>(), "{codec}");
    }
}

fn settings_name(index: usize, codec: Codec) -> String {
    let extension = codec.extension().map(|extension| format!(".{extension}")).unwrap_or_default();
    format!("events_{index}_app-1{extension}")
}

#[test]
fn a_first_line_beyond_the_limit_leaves_the_first_file_empty() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).codec(Codec::None).layout(ROLLING);
    let written = write_numbered(&settings, 1, 3 << 20);
    assert_eq!(written.files.len(), 2);
    assert_eq!(fs::metadata(&written.files[0]).unwrap().len(), 0);
    assert_eq!(numbers(&written.path), [0]);
}

#[test]
fn a_file_may_be_as_long_as_the_limit_and_one_line_end() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).codec(Codec::None).layout(ROLLING);
    let overhead = numbered(0, 0).len();
    let limit = usize::try_from(MIN_FILE_SIZE).unwrap();
    let mut writer = create(&settings, "app-1");
    writer.write_line(numbered(0, limit - overhead), Flush::Now).unwrap();
    assert_eq!(writer.files().len(), 1);
    assert_eq!(fs::metadata(&writer.files()[0]).unwrap().len(), MIN_FILE_SIZE + 1);
    writer.write_line("{}", Flush::Now).unwrap();
    assert_eq!(writer.files().len(), 2);
}

#[test]
fn ten_files_and_more_stay_in_order() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(ROLLING);
    let written = write_numbered(&settings, 12, 2_000_000);
    assert_eq!(written.files.len(), 12);
    assert_eq!(names_in(&written.path).len(), 13);
    assert_eq!(numbers(&written.path), (0..12).collect::<Vec<_>>());
}
