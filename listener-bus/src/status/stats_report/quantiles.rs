//! Where values lie, from the least to the greatest.

use serde::Serialize;

/// The percentiles that are reported, from the least value to the greatest.
pub const PERCENTILES: [u8; 9] = [0, 5, 10, 25, 50, 75, 90, 95, 100];

/// The values at each of [`PERCENTILES`], in that order; JSON has them as an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Quantiles<T> {
    /// The values, none less than the one before it.
    pub values: [T; 9],
}

impl<T: Copy> Quantiles<T> {
    /// The least value.
    pub fn min(&self) -> T {
        self.values[0]
    }

    /// The value in the middle.
    pub fn median(&self) -> T {
        self.values[4]
    }

    /// The greatest value.
    pub fn max(&self) -> T {
        self.values[8]
    }

    /// Picks from values that are in order, as Spark does: of n values, percentile p is the one at place `p * n / 100`,
    /// rounded down. `None` if there are none.
    pub(super) fn of_sorted(sorted: &[T]) -> Option<Self> {
        let last = sorted.len().checked_sub(1)?;
        let at = |percentile: u8| sorted[(usize::from(percentile) * sorted.len() / 100).min(last)];
        Some(Self { values: PERCENTILES.map(at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred_values_are_those_at_their_places() {
        let sorted: Vec<i64> = (0..100).collect();
        let quantiles = Quantiles::of_sorted(&sorted).unwrap();
        assert_eq!(quantiles.values, [0, 5, 10, 25, 50, 75, 90, 95, 99]);
    }

    #[test]
    fn one_value_is_every_percentile_and_none_is_no_distribution() {
        assert_eq!(Quantiles::of_sorted(&[7]), Some(Quantiles { values: [7; 9] }));
        assert_eq!(Quantiles::<i64>::of_sorted(&[]), None);
    }
}
