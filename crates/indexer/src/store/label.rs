//! Models and regions that are listed, each kept once: texts are compared once a label, and not once an offer.

use std::collections::HashMap;

use gpu_lease_client::state::Listing;
use gpu_lease_client::text;

use crate::ask::OfferFilter;

/// Models and regions that are listed.
#[derive(Default)]
pub struct Labels {
    numbers: HashMap<(String, String), u32>,
    labels: Vec<Label>,
    unused: Vec<u32>,
}

#[derive(Default)]
struct Label {
    model: String,
    region: String,
    /// Both in small letters.
    model_folded: String,
    region_folded: String,
    /// How many offers have it.
    uses: usize,
}

/// Those of them that fit; `None` if all do.
pub struct Fitting(Option<Vec<bool>>);

impl Fitting {
    pub fn contains(&self, number: u32) -> bool {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.0.as_ref().is_none_or(|fits| fits.get(index).copied().unwrap_or_default())
    }
}

impl Labels {
    /// The number of a listing's label, which has one more offer from now on.
    pub fn take(&mut self, listing: &Listing) -> u32 {
        let (model, region) = (text::read(&listing.gpu_model), text::read(&listing.region));
        let known = self.numbers.get(&(model.clone(), region.clone())).copied();
        let number = known.unwrap_or_else(|| {
            let next = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
            let number = self.unused.pop().unwrap_or(next);
            let (model_folded, region_folded) = (model.to_lowercase(), region.to_lowercase());
            self.numbers.insert((model.clone(), region.clone()), number);
            let label = Label { model, region, model_folded, region_folded, uses: 0 };
            match self.label(number) {
                Some(unused) => *unused = label,
                None => self.labels.push(label),
            }
            number
        });
        if let Some(label) = self.label(number) {
            label.uses += 1;
        }
        number
    }

    /// An offer with this label is gone.
    pub fn give_back(&mut self, number: u32) {
        let Some(label) = self.label(number) else { return };
        label.uses = label.uses.saturating_sub(1);
        if label.uses == 0 {
            let Label { model, region, .. } = std::mem::take(label);
            self.numbers.remove(&(model, region));
            self.unused.push(number);
        }
    }

    fn label(&mut self, number: u32) -> Option<&mut Label> {
        self.labels.get_mut(usize::try_from(number).ok()?)
    }

    /// The model of a label.
    pub fn model(&self, number: u32) -> &str {
        let label = usize::try_from(number).ok().and_then(|index| self.labels.get(index));
        label.map_or("", |label| &label.model)
    }

    /// Those that a filter lets through.
    pub fn fitting(&self, filter: &OfferFilter) -> Fitting {
        let OfferFilter { gpu_model, region, text, .. } = filter;
        if gpu_model.is_none() && region.is_none() && text.is_none() {
            return Fitting(None);
        }
        let folded = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        let (model, region, text) = (folded(gpu_model), folded(region), folded(text));
        let words: Vec<&str> = text.as_deref().unwrap_or_default().split_whitespace().collect();
        let fits = |label: &Label| {
            model.as_ref().is_none_or(|model| *model == label.model_folded)
                && region.as_ref().is_none_or(|region| *region == label.region_folded)
                && words
                    .iter()
                    .all(|word| label.model_folded.contains(word) || label.region_folded.contains(word))
        };
        Fitting(Some(self.labels.iter().map(fits).collect()))
    }
}
