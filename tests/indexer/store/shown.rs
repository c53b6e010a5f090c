use super::answers::{answers, plain};
use super::chain::{File, Played, chain};
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test]
async fn what_is_confirmed_is_answered_as_if_it_were_in_the_record() {
    let played = &chain().played;
    let whole = answers(&File::of(played).await.store).await;
    for from in [0, 60, played.len() / 2, played.len() - 40] {
        let (finalized, confirmed) = played.split_at(from);
        let file = File::of(finalized).await;
        let applied: Vec<_> = confirmed.iter().map(Played::applied).collect();
        // What was shown before is shown no longer.
        file.store.show(&applied[..applied.len() / 2], 0).await.unwrap();
        file.store.show(&applied, 1).await.unwrap();
        let shown = answers(&file.store).await;
        assert_eq!(shown.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (question, answer) in &whole {
            assert_eq!(plain(&shown[question]), plain(answer), "{question}, {from} are finalized");
        }
        let last = confirmed.last().unwrap().transaction.signature.to_string();
        let events = shown["events"].as_array().unwrap();
        let commitment = |event: &Value| event["landed"]["commitment"].as_str().map(str::to_owned);
        let of_last = events.iter().filter(|event| event["landed"]["signature"] == last);
        assert!(of_last.map(commitment).all(|it| it.as_deref() == Some("confirmed")));
        let seen: BTreeSet<_> = events.iter().filter_map(commitment).collect();
        assert_eq!(seen.contains("finalized"), from > 0);

        file.store.show(&[], 2).await.unwrap();
        let without = answers(&file.store).await;
        assert!(without == answers(&File::of(finalized).await.store).await);
    }
}
