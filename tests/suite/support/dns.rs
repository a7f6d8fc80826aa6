use std::io::ErrorKind;

use mortise::egress::Resolve;
use mortise_tests::dns::ScriptedDns;

#[tokio::test]
async fn each_lookup_takes_the_next_answer_and_the_last_one_stays() {
    let dns = ScriptedDns::new().host("vendor.example.com", &[&["203.0.113.7", "2001:db8::1"], &["127.0.0.1"]]);
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = dns.resolve("vendor.example.com".to_owned()).await.unwrap();
        answers.push(answer.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>());
    }
    assert_eq!(answers, [vec!["203.0.113.7", "2001:db8::1"], vec!["127.0.0.1"], vec!["127.0.0.1"]]);
    assert_eq!((dns.lookups("vendor.example.com"), dns.total()), (3, 3));
}

#[test]
fn a_host_without_a_script_does_not_exist_and_is_counted() {
    let dns = ScriptedDns::new().host("empty.example.com", &[&[]]);
    assert_eq!(dns.lookup("other.example.com").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(dns.lookup("empty.example.com").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!((dns.lookups("other.example.com"), dns.lookups("nobody.example.com"), dns.total()), (1, 0, 2));
}
