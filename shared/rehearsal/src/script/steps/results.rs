//! `results: {age: 34}`: what was written with `write_result`.

use super::contact::{compare, values};
use super::{Kind, StepKind, Takes};
use crate::script::expect::Expected;
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "results",
    summary: "Results written so far, the latest of each key; there may be others. Values compare as in `contact`.",
    takes: Takes::Value,
    example: (
        "card Ask do\n  age = ask(\"¿Edad?\")\n  write_result(\"age\", age, label: \"Edad\")\n  write_result(\"done\", true)\nend",
        "  - start\n  - bot: {}\n  - results: {age: null}\n  - user: \"34\"\n  - results: {age: 34}",
    ),
    fails: &[("  - start\n  - bot: {}\n  - user: \"34\"\n  - results: {age: 35}", "expected: \"35\", actual: \"34\"")],
    read: |node| Ok(Box::new(Results(values(node)?))),
};

#[derive(Debug)]
struct Results(Vec<(String, Expected)>);

impl Kind for Results {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let results = play.rehearsal.results();
        compare("The results are not as expected.", &self.0, |key| results.get(key))
            .map_err(|failure| play.stands_otherwise(failure))
    }
}
