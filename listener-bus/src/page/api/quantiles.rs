//! The parameter that asks for quantiles.

use super::query::Parameter;

/// The quantiles that one request may ask for.
const MOST: usize = 100;

/// From 0 to 1 each.
#[derive(Clone, Debug)]
pub(super) struct Quantiles(pub(super) Vec<f64>);

impl Quantiles {
    /// What a summary of tasks has unless others are asked for.
    pub(super) fn of_tasks() -> Self {
        Self(vec![0.05, 0.25, 0.5, 0.75, 0.95])
    }

    /// What the summaries of stages have unless others are asked for.
    pub(super) fn of_stages() -> Self {
        Self(vec![0.0, 0.25, 0.5, 0.75, 1.0])
    }
}

impl Parameter for Quantiles {
    const ACCEPTED: &'static str = "a comma list of 1 to 100 numbers from 0 to 1";

    fn parse(text: &str) -> Option<Self> {
        if text.split(',').count() > MOST {
            return None;
        }
        let quantile = |text: &str| text.trim().parse().ok().filter(|one| (0.0..=1.0).contains(one));
        text.split(',').map(quantile).collect::<Option<_>>().map(Self)
    }
}
