//! How what the tasks cost is distributed.

use maud::{Markup, html};

use crate::page::views::format::{bytes, count, millis, whole};
use crate::page::views::table::{Head, table};
use crate::status::{Distribution, StageView, TaskMetricDistributions};

type Unit = fn(i64) -> String;

pub(super) fn table_of(stage: &StageView) -> Markup {
    let heads = [
        Head::Text("Measure"),
        Head::Number("Min"),
        Head::Number("25 %"),
        Head::Number("Median"),
        Head::Number("75 %"),
        Head::Number("Max"),
    ];
    html! {
        h2 { "Tasks that did their work" }
        @match stage.quantiles() {
            None if stage.data().num_complete_tasks > 0 => p.empty { "No task has told what it cost." },
            None => p.empty { "No task has done its work yet." },
            Some(all) => {
                @let measures = html! { @for measure in measures(all) { (row(&measure)) } };
                (table("quantiles", "Quantiles over the tasks that did their work", &heads, &measures))
            },
        }
    }
}

/// Those that are always shown, then those that are not all 0.
fn measures(all: &TaskMetricDistributions) -> Vec<(&'static str, &Distribution, Unit)> {
    let values = &all.values;
    let shuffle_read = &all.shuffle_read_metrics.values;
    let always: [(&'static str, &Distribution, Unit); 3] = [
        ("Duration", &values.duration, millis),
        ("Scheduler delay", &values.scheduler_delay, millis),
        ("Garbage collection", &values.jvm_gc_time, millis),
    ];
    let where_any: [(&'static str, &Distribution, Unit); 12] = [
        ("Result fetch", &values.getting_result_time, millis),
        ("Input", &all.input_metrics.bytes_read, bytes),
        ("Input records", &all.input_metrics.records_read, |number| count(number)),
        ("Output", &all.output_metrics.bytes_written, bytes),
        ("Shuffle read", &shuffle_read.read_bytes, bytes),
        ("Shuffle read records", &shuffle_read.read_records, |number| count(number)),
        ("Wait for shuffle blocks", &shuffle_read.fetch_wait_time, millis),
        ("Shuffle write", &all.shuffle_write_metrics.write_bytes, bytes),
        ("Shuffle write records", &all.shuffle_write_metrics.write_records, |number| count(number)),
        ("Spilled from memory", &values.memory_bytes_spilled, bytes),
        ("Spilled to disk", &values.disk_bytes_spilled, bytes),
        ("Peak memory", &values.peak_execution_memory, bytes),
    ];
    let any = where_any.into_iter().filter(|(_, values, _)| values.iter().any(|value| *value != 0.0));
    always.into_iter().chain(any).collect()
}

fn row((name, values, unit): &(&'static str, &Distribution, Unit)) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            @for value in *values { td.n { (unit(whole(*value))) } }
        }
    }
}
