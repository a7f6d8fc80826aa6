//! Malformed requests, byte by byte. No request reaches a vendor, no request gets a 5xx, and each gets an answer in the
//! one form of an error if HTTP allows an answer.

use std::net::SocketAddr;

use mortise_tests::client::{self, Answer, Connection};
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{self, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

const ADA: &str = r#"{"name":"Ada","emails":[{"email":"ada@example.com"}]}"#;
/// The body limit of these tests, in bytes.
const BODY: usize = 64 << 10;

struct Setting {
    vendor: Vendor,
    host: Host,
    account: Uuid,
    token: String,
}

impl Setting {
    async fn start() -> Self {
        let agent = json!({ "data": { "id": "1", "displayName": "Ada" } });
        let vendor = Vendor::start(vendor::Answer::json(201, &agent)).await;
        let limits = |limits: &mut mortise::config::Limits| {
            limits.caller_body_bytes = BODY;
            limits.caller_read_ms = 700;
        };
        let host = Setup::new().limits(limits).plugin_at("dixa", &vendor.url()).start().await;
        let (account, token) = (host.account("dixa").await, host.call_token(None).await);
        Self { vendor, host, account, token }
    }

    fn to(&self) -> SocketAddr {
        self.host.address
    }

    fn target(&self) -> String {
        create("ticketing", self.account, "")
    }

    /// A request with these header lines, followed by exactly this body.
    fn request(&self, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
        let head = format!("{line}\r\nhost: x\r\nauthorization: Bearer {}\r\n{headers}\r\n", self.token);
        [head.as_bytes(), body.as_ref()].concat()
    }

    /// A create with this body and its right length.
    fn body(&self, body: impl AsRef<[u8]>) -> Vec<u8> {
        let length = format!("content-length: {}\r\n", body.as_ref().len());
        self.request(&format!("POST {} HTTP/1.1", self.target()), &length, body)
    }

    /// A create that is good except for its header lines.
    fn framed(&self, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
        self.request(&format!("POST {} HTTP/1.1", self.target()), headers, body)
    }

    /// A good body with another request line.
    fn line(&self, line: &str) -> Vec<u8> {
        self.request(line, &format!("content-length: {}\r\n", ADA.len()), ADA)
    }

    /// Sends each request, and asserts that the answer is an error with this status.
    async fn refused(&self, status: u16, cases: impl IntoIterator<Item = (impl AsRef<str>, Vec<u8>)>) {
        for (what, bytes) in cases {
            let what = what.as_ref();
            let answer = client::raw(self.to(), bytes).await.unwrap_or_else(|| panic!("{what}: no answer"));
            assert_eq!(answer.status, status, "{what}: {}", answer.text());
            assert_shaped(what, &answer);
        }
        self.assert_untouched(status);
    }

    /// Sends bytes that are not an HTTP message, and expects a 4xx or the end of the connection.
    async fn broken(&self, cases: impl IntoIterator<Item = (impl AsRef<str>, Vec<u8>)>) {
        for (what, bytes) in cases {
            let what = what.as_ref();
            let mut connection = Connection::open(self.to()).await;
            let answer = connection.send(bytes).await.finish().await.answer().await;
            if let Some(answer) = answer {
                assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
                if !answer.body.is_empty() {
                    assert_shaped(what, &answer);
                }
            }
        }
        self.assert_untouched(0);
    }

    fn assert_untouched(&self, context: u16) {
        let requests = self.vendor.requests();
        assert!(requests.is_empty(), "a malformed request ({context}) reached the vendor: {:?}", requests[0]);
    }

    /// Asserts that an ordinary call works after all other requests.
    async fn assert_serves(self) {
        self.assert_untouched(0);
        let answer = client::raw(self.to(), self.body(ADA)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(self.vendor.requests().len(), 1);
    }
}

fn assert_shaped(what: &str, answer: &Answer) {
    let body = answer.json();
    assert_eq!(body["statusCode"], answer.status, "{what}: {body}");
    let says = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    assert!(says("error") && says("message"), "{what}: {body}");
    assert!(answer.header("x-request-id").is_some() && answer.header("x-content-type-options").is_some(), "{what}");
    for failure in body["details"]["failures"].as_array().into_iter().flatten() {
        assert!(failure["message"].is_string() && failure["path"].is_string(), "{what}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_documents_are_400() {
    let setting = Setting::start().await;
    let with = |field: &str| format!(r#"{{"name":"Ada","emails":[{{"email":"a@example.com"}}],{field}}}"#).into_bytes();
    let deep = |open: &str, close: &str, levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
    let utf16: Vec<u8> = ADA.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = ADA.bytes().map(|byte| if byte == b'd' { 0xe4 } else { byte }).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b"".to_vec()),
        ("blanks", b" \r\n\t ".to_vec()),
        ("null", b"null".to_vec()),
        ("true", b"true".to_vec()),
        ("a number", b"1".to_vec()),
        ("a text", br#""name""#.to_vec()),
        ("a list", format!("[{ADA}]").into_bytes()),
        ("cut off", ADA.as_bytes()[..ADA.len() - 1].to_vec()),
        ("cut off in a text", ADA.as_bytes()[..12].to_vec()),
        ("two documents", format!("{ADA}{ADA}").into_bytes()),
        ("trailing garbage", format!("{ADA} x").into_bytes()),
        ("trailing NUL", format!("{ADA}\0").into_bytes()),
        ("leading NUL", format!("\0{ADA}").into_bytes()),
        ("a NUL in a text", ADA.replace("Ada", "A\0a").into_bytes()),
        ("a line break in a text", ADA.replace("Ada", "A\na").into_bytes()),
        ("a byte order mark and no more", "\u{feff}".into()),
        ("two byte order marks", format!("\u{feff}\u{feff}{ADA}").into_bytes()),
        ("UTF-16", [&[0xff, 0xfe][..], &utf16].concat()),
        ("UTF-16 without a mark", utf16),
        ("Latin-1", latin),
        (
            "an overlong NUL",
            with("\"x\":\"\u{1}\"").into_iter().flat_map(|b| if b == 1 { vec![0xc0, 0x80] } else { vec![b] }).collect(),
        ),
        ("an encoded surrogate", [&br#"{"name":""#[..], &[0xed, 0xa0, 0x80], br#""}"#].concat()),
        ("a cut character", [&br#"{"name":""#[..], &[0xf0, 0x9f], br#""}"#].concat()),
        ("a lone surrogate", with(r#""x":"\ud800""#)),
        ("a lone low surrogate", with(r#""x":"\udc00""#)),
        ("surrogates in the wrong order", with(r#""x":"\udc00\ud800""#)),
        ("a lone surrogate in a key", with(r#""\ud800":1"#)),
        ("a lone surrogate in remote_data", with(r#""remote_data":{"x":"\ud800"}"#)),
        ("an unknown escape", with(r#""x":"\x41""#)),
        ("a short escape", with(r#""x":"\u12""#)),
        ("single quotes", ADA.replace('"', "'").into_bytes()),
        ("a bare key", br#"{name:"Ada"}"#.to_vec()),
        ("a comment", format!("/* x */{ADA}").into_bytes()),
        ("a trailing comma", br#"{"name":"Ada",}"#.to_vec()),
        ("a missing colon", br#"{"name" "Ada"}"#.to_vec()),
        ("a missing value", br#"{"name":}"#.to_vec()),
        ("NaN", with(r#""x":NaN"#)),
        ("Infinity", with(r#""x":-Infinity"#)),
        ("a leading zero", with(r#""x":01"#)),
        ("a plus", with(r#""x":+1"#)),
        ("a bare fraction", with(r#""x":.5"#)),
        ("hexadecimal", with(r#""x":0x10"#)),
        ("a huge exponent", with(r#""x":1e999999999"#)),
        ("a huge negative", with(r#""x":-1e400"#)),
        ("a huge integer", with(&format!(r#""x":{}"#, "9".repeat(1000)))),
        ("an integer that floats would round", with(r#""x":123456789012345678901234567890"#)),
        ("a list too deep", with(&format!(r#""x":{}"#, deep("[", "]", 128)))),
        ("a list far too deep", with(&format!(r#""x":{}"#, deep("[", "]", 25_000)))),
        ("an object too deep", with(&format!(r#""x":{}"#, deep("{\"a\":", "}", 8_000)))),
        ("open brackets", "[".repeat(60_000).into_bytes()),
        ("open braces", "{\"a\":".repeat(12_000).into_bytes()),
        ("remote_data too deep", with(&format!(r#""remote_data":{}"#, deep("{\"a\":", "}", 8_000)))),
        ("remote_data that is a list", with(r#""remote_data":[1]"#)),
        ("remote_data that is a text", with(r#""remote_data":"x""#)),
        ("remote_data twice", with(r#""remote_data":{},"remote_data":{}"#)),
        ("a key twice", with(r#""name":"Eve""#)),
        ("a key twice in a list", with(r#""x":[{"a":1,"a":2}]"#)),
        ("a key twice in another spelling", with(r#""n\u0061me":"Eve""#)),
        ("a key twice, deep in remote_data", with(r#""remote_data":{"a":[{"b":{"c":1,"c":2}}]}"#)),
        ("__proto__ twice", with(r#""__proto__":{"a":1},"__proto__":{"a":2}"#)),
        ("a name that is a number", br#"{"name":1,"emails":[{"email":"a@example.com"}]}"#.to_vec()),
        ("a name that is a list", br#"{"name":["Ada"],"emails":[{"email":"a@example.com"}]}"#.to_vec()),
        ("a name that is an object", br#"{"name":{"a":1},"emails":[{"email":"a@example.com"}]}"#.to_vec()),
        ("addresses that are a text", br#"{"name":"Ada","emails":"a@example.com"}"#.to_vec()),
        ("addresses that are an object", br#"{"name":"Ada","emails":{"email":"a@example.com"}}"#.to_vec()),
        ("addresses that are numbers", br#"{"name":"Ada","emails":[1,2]}"#.to_vec()),
        ("an address that is a flag", br#"{"name":"Ada","emails":[{"email":true}]}"#.to_vec()),
        ("nothing required", b"{}".to_vec()),
        ("all of it null", br#"{"name":null,"emails":null}"#.to_vec()),
    ];
    let cases = cases.into_iter().map(|(what, body)| (what, setting.body(body)));
    setting.refused(400, cases).await;
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_types_are_415_and_larger_bodies_413() {
    let setting = Setting::start().await;
    let length = format!("content-length: {}\r\n", ADA.len());
    let types: [&[u8]; 8] = [
        b"application/xml",
        b"multipart/form-data; boundary=x",
        b"application/x-www-form-urlencoded",
        b"application/octet-stream",
        b"text/html",
        b"json",
        b"application/json+xml",
        b"\xff\xfe",
    ];
    let typed = types.map(|of| {
        let line = [format!("{length}content-type: ").as_bytes(), of, b"\r\n"].concat();
        let head = setting.request(&format!("POST {} HTTP/1.1", setting.target()), "", "");
        let head = head[..head.len() - 2].to_vec();
        (String::from_utf8_lossy(of).into_owned(), [&head, &line[..], b"\r\n", ADA.as_bytes()].concat())
    });
    setting.refused(415, typed).await;

    let large = format!(r#"{{"name":"{}"}}"#, "a".repeat(BODY));
    let chunked = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    setting
        .refused(
            413,
            [
                ("a large body", setting.body(&large)),
                ("a large body that never comes", setting.framed("content-length: 1099511627776\r\n", "{")),
                ("a large body of unknown length", setting.framed("transfer-encoding: chunked\r\n", chunked)),
                (
                    "chunks without end",
                    setting.framed(
                        "transfer-encoding: chunked\r\n",
                        "1000\r\n".to_owned() + &(" ".repeat(0x1000) + "\r\n1000\r\n").repeat(40),
                    ),
                ),
            ],
        )
        .await;
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_body_is_a_415_that_says_that_no_encoding_is_taken() {
    let setting = Setting::start().await;
    let admin = format!("authorization: Bearer {}\r\n", setting.host.admin_token());
    let length = format!("content-length: {}\r\n", ADA.len());
    for encoding in
        ["gzip", "GZIP", "x-gzip", "br", "zstd", "deflate", "identity, gzip", "gzip, br", "unheard", "\u{fc}"]
    {
        let line = format!("{length}content-encoding: {encoding}\r\n");
        let account = format!("POST /integrated-account HTTP/1.1\r\nhost: x\r\n{admin}{line}\r\n{ADA}").into_bytes();
        for bytes in [setting.framed(&line, ADA), account] {
            let answer = client::raw(setting.to(), bytes).await.expect("an answer");
            assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("identity")), "{}", answer.text());
            assert_shaped(encoding, &answer);
            assert!(answer.text().contains("content-encoding"), "{}", answer.text());
        }
    }
    let two = format!("{length}content-encoding: identity\r\ncontent-encoding: gzip\r\n");
    setting.refused(415, [("two header lines", setting.framed(&two, ADA))]).await;
    // The host's answer to another media type does not mention encodings (RFC 9110, section 12.5.3).
    let typed = setting.framed(&format!("{length}content-type: application/xml\r\n"), ADA);
    let answer = client::raw(setting.to(), typed).await.expect("an answer");
    assert_eq!((answer.status, answer.header("accept-encoding")), (415, None));
    assert_eq!(answer.header("accept"), Some("application/json"));
    setting.assert_untouched(415);
    for encoding in ["identity", "Identity", ""] {
        let line = format!("{length}content-encoding: {encoding}\r\n");
        let answer = client::raw(setting.to(), setting.framed(&line, ADA)).await.expect("an answer");
        assert_eq!(answer.status, 201, "{encoding}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_host_header_unless_it_is_of_http_1_0() {
    let setting = Setting::start().await;
    let of = |version: &str, hosts: &str| {
        let token = &setting.token;
        format!(
            "POST {} HTTP/{version}\r\n{hosts}authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{ADA}",
            setting.target(),
            ADA.len()
        )
        .into_bytes()
    };
    let mut cases = vec![("none".to_owned(), of("1.1", ""))];
    for version in ["1.0", "1.1"] {
        for hosts in ["x\r\nhost: y", "x\r\nHost: x", "x y", "user@x", "x/y", "x:port", "x, y", "http://x", "[::1"] {
            let lines = format!("host: {hosts}\r\n");
            cases.push((format!("{hosts} {version}"), of(version, &lines)));
        }
    }
    setting.refused(400, cases).await;
    for bytes in [of("1.0", ""), of("1.0", "host: x\r\n"), of("1.1", "host: [::1]:80\r\n"), of("1.1", "host:\r\n")] {
        let answer = client::raw(setting.to(), bytes).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_answer_is_short_however_much_is_wrong_and_counts_what_it_leaves_out() {
    const FIELDS: usize = 80_000;
    /// The most bytes of an error's answer.
    const MOST: usize = 64 << 10;
    let agent = json!({ "data": { "id": "1", "displayName": "Ada" } });
    let vendor = Vendor::start(vendor::Answer::json(201, &agent)).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    let unknown: serde_json::Map<_, _> = (0..FIELDS).map(|n| (format!("f{n}"), json!(1))).collect();
    let mut strict = unknown.clone();
    strict.insert("name".to_owned(), json!("Ada"));
    strict.insert("emails".to_owned(), json!([{ "email": "ada@example.com" }]));
    let twice = format!("{{{}\"name\":1}}", "\"a\":1,".repeat(FIELDS));
    let mistyped = json!({ "emails": vec![json!({ "email": 1 }); FIELDS / 2] });
    let wide = json!({ "x".repeat(200_000): 1, "\u{1}".repeat(20_000): 1, "name": "Ada" });
    let context = json!({ "integration": "dixa", "tenant_id": "t", "context": unknown });
    let strictly = create("ticketing", account, "&mortise_strict=true");
    let plainly = create("ticketing", account, "");
    let client = host.client();
    let texts = [
        ("unknown fields", &strictly, Value::Object(strict).to_string(), Some(FIELDS)),
        ("a key many times", &plainly, twice, None),
        ("many wrong items", &plainly, mistyped.to_string(), None),
        ("long names", &strictly, wide.to_string(), None),
        ("unknown variables", &"/integrated-account".to_owned(), context.to_string(), None),
    ];
    for (what, target, text, faults) in texts {
        let length = format!("content-length: {}\r\n", text.len());
        let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n", host.admin_token());
        let answer = client::raw(host.address, format!("{head}{length}\r\n{text}")).await.expect("an answer");
        assert_eq!(answer.status, 400, "{what}");
        assert!(answer.body.len() <= MOST, "{what}: {} bytes", answer.body.len());
        assert_shaped(what, &answer);
        let body = answer.json();
        let failures = body["details"]["failures"].as_array().expect("failures");
        let Some(faults) = faults else { continue };
        let (last, named) = failures.split_last().expect("some");
        let left_out = format!("and {} more", faults - named.len());
        assert_eq!((&last["path"], &last["message"]), (&json!(""), &json!(left_out)), "{what}");
        assert!(
            body["message"].as_str().is_some_and(|text| text.ends_with(&format!("and {} more", faults - 5))),
            "{body}"
        );
    }
    assert_eq!(vendor.requests().len(), 0);
    assert_eq!(client.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_bodies_and_what_vendors_answer_to_them_hold_up_no_others() {
    const LONG: usize = 900_000;
    let records = vec![json!({ "id": "1", "names": ["Ada", "Example"] }); LONG / 20];
    let agent = json!({ "data": { "id": "1", "displayName": "Ada" }, "others": records });
    let vendor = Vendor::start(vendor::Answer::json(201, &agent)).await;
    let host = Spawned::start("dixa", &vendor.url(), &[("TOKIO_WORKER_THREADS", "1")]).await;
    let fields = |count: usize| (0..count).map(|n| format!("\"f{n}\":0")).collect::<Vec<_>>().join(",");
    let ada = ADA.trim_end_matches('}');
    let (create, strict) =
        (create("ticketing", host.account, ""), create("ticketing", host.account, "&mortise_strict=true"));
    for (what, target, status, body) in [
        ("values", &create, 201, format!("{ada},\"x\":[{}0]}}", "0,".repeat(LONG / 2))),
        ("remote_data", &create, 201, format!("{ada},\"remote_data\":{{{}}}}}", fields(LONG / 12))),
        ("unknown fields", &strict, 400, format!("{ada},{}}}", fields(LONG / 12))),
        ("wrong values", &create, 400, format!("{{\"emails\":[{}0]}}", "0,".repeat(LONG / 2))),
        ("an account", &"/integrated-account".to_owned(), 400, format!("{{{}}}", fields(LONG / 12))),
    ] {
        let admin = host.admin_client();
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let calls = async { tokio::join!(admin.post(target, &body), admin.post(target, &body)) };
        tokio::pin!(calls);
        let mut healthy = 0;
        let (first, second) = loop {
            tokio::select! {
                biased;
                answers = &mut calls => break answers,
                health = admin.get("/healthz") => {
                    assert_eq!(health.status, 200);
                    healthy += 1;
                }
            }
        };
        for answer in [first, second] {
            assert_eq!(answer.status, status, "{what}: {}", answer.text().get(..500).unwrap_or_default());
        }
        // One thread serves all requests. If work kept that thread to itself, `/healthz` would answer only a few times
        // between.
        assert!(healthy > 8, "{what}: /healthz answered {healthy} times meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_adds_to_a_vendor_request_beyond_its_bounds_is_a_400_that_names_it() {
    let agent = json!({ "data": { "id": "1", "displayName": "Ada" } });
    let vendor = Vendor::start(vendor::Answer::json(201, &agent)).await;
    let host =
        Setup::new().limits(|limits| limits.request_body_bytes = 4_000).plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    let ada: Value = serde_json::from_str(ADA).expect("JSON");
    let mut data = ada.clone();
    data["remote_data"] = json!({ "note": "x".repeat(4_000) });
    let long = format!("&remote_query[x]={}", "a".repeat(17_000));
    // These characters take three bytes each in the vendor's URL.
    let growing = format!("&remote_query[x]={}", "~'()".repeat(2_000));
    for (query, body, place, input) in [
        (long.as_str(), &ada, "query", "remote_query"),
        (growing.as_str(), &ada, "query", "remote_query"),
        ("", &data, "body", "remote_data"),
    ] {
        let answer = host.client().post(&create("ticketing", account, query), body).await;
        assert_eq!(answer.status, 400, "{input}: {}", answer.text());
        let failure = &answer.json()["details"]["failures"][0];
        assert_eq!((&failure["in"], &failure["path"]), (&json!(place), &json!(input)), "{failure}");
        assert!(failure["message"].as_str().is_some_and(|text| text.contains("bytes")), "{failure}");
    }
    assert_eq!(vendor.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_in_the_path_are_400_or_404() {
    let setting = Setting::start().await;
    let update = |id: &str| {
        let line = format!("PATCH /unified/ticketing/users/{id}?integrated_account_id={} HTTP/1.1", setting.account);
        (id.to_owned(), setting.line(&line))
    };
    let long = "a".repeat(513);
    setting
        .refused(
            400,
            [
                "..",
                ".",
                "%2e%2e",
                "%2E",
                "..%2f..%2fadmin",
                "%2fetc%2fpasswd",
                "a%2fb",
                "a%252fb",
                "%252e%252e",
                "%2525252e.",
                "a%2Fb",
                "..%5cadmin",
                "a%5cb",
                "%00",
                "a%00b",
                "%0d%0aX:1",
                "%09",
                "%7f",
                "%ff",
                "%c0%ae%c0%ae",
                "%ed%a0%80",
                "%zz",
                "%",
                "%2",
                "a%",
                &long,
            ]
            .map(update),
        )
        .await;
    let missing = |path: &str| {
        (path.to_owned(), setting.line(&format!("PATCH {path}?integrated_account_id={} HTTP/1.1", setting.account)))
    };
    setting
        .refused(
            404,
            [
                "/unified/ticketing/users/a/b",
                "/unified/ticketing/users/../users/a",
                "/unified/ticketing/users/",
                "/unified/ticketing/users//",
                "/unified//users/a",
                "/unified/nonsense/users/a",
                "/unified/TICKETING/users/a",
                "/unified/%2e%2e/users/a",
                "/unified/ticketing/contacts/a",
                "/..",
                "/etc/passwd",
                "/unified",
                "/unified/ticketing/users/a/..",
                "/integrated-account/%2e%2e/x",
                "/healthz/../unified",
            ]
            .map(missing),
        )
        .await;
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_in_the_query_are_400_or_404() {
    let setting = Setting::start().await;
    let account = setting.account;
    let query = |query: &str| {
        (query.chars().take(80).collect(), setting.line(&format!("POST /unified/ticketing/users?{query} HTTP/1.1")))
    };
    let with = |rest: &str| query(&format!("integrated_account_id={account}&{rest}"));
    let cases: Vec<(String, Vec<u8>)> = vec![
        query(""),
        query("integrated_account_id="),
        query("integrated_account_id=None"),
        query("integrated_account_id=1"),
        query("integrated_account_id=00000000-0000-0000-0000-00000000000g"),
        query(&format!("integrated_account_id={account}%00")),
        query(&format!("integrated_account_id={account}&integrated_account_id={account}")),
        query(&format!("integrated_account_id[]={account}")),
        query(&format!("integrated_account_id[a]={account}")),
        query("integrated_account_id=' OR 1=1 --".replace(' ', "+").as_str()),
        query("integrated_account_id=%ff"),
        query("integrated_account_id=%zz"),
        with("truto_response_format=xml"),
        with("truto_response_format=raw&truto_response_format=debug"),
        with("truto_ignore_remote_data=maybe"),
        with("mortise_dry_run=1"),
        with("mortise_strict[]=true"),
        with("x=%ff"),
        with("x=%c0%80"),
        with("%ed%a0%80=x"),
        with("x=%"),
        with("x=%2"),
        with("remote_query[x]=%zz"),
        with("remote_query=x"),
        with("remote_query[]=x"),
        with("remote_query[a"),
        with("remote_query]a[=x"),
        with("remote_query[a[b]]=x"),
        with("remote_query[a]b=x"),
        with(&format!("remote_query{}=x", "[a]".repeat(9))),
        with(&format!("remote_query{}=x", "[a]".repeat(2_000))),
        with(&format!("x{}=x", "[".repeat(5_000))),
        with(&format!("x{}=x", "[]".repeat(5_000))),
        with("x=1&x[a]=2"),
        with("x[a]=1&x[a][b]=2"),
        with("truto_exclude_fields[a]=x"),
        with(&"p=1&".repeat(300)),
        with(&"remote_query[a]=1&".repeat(300)),
    ];
    setting.refused(400, cases).await;
    let unknown = query(&format!("integrated_account_id={}", Uuid::now_v7()));
    setting.refused(404, [unknown]).await;
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_without_a_good_token_are_401() {
    let setting = Setting::start().await;
    let token = setting.token.clone();
    let with = |lines: String| {
        let head =
            format!("POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n{lines}\r\n", setting.target(), ADA.len());
        (lines, [head.as_bytes(), ADA.as_bytes()].concat())
    };
    let one = |value: &str| with(format!("authorization: {value}\r\n"));
    let cases = vec![
        with(String::new()),
        one(""),
        one("Bearer"),
        one("Bearer "),
        one("Bearer x"),
        one("Bearer mrt_"),
        one(&token),
        one(&format!("Basic {token}")),
        one(&format!("Token {token}")),
        one(&format!("Bearer{token}")),
        one(&format!("Bearer Bearer {token}")),
        one(&format!("Bearer {token} x")),
        one(&format!("Bearer {token},")),
        one(&format!("Bearer \"{token}\"")),
        one(&format!("Bearer {}", token.to_uppercase())),
        one(&format!("Bearer {}", &token[..token.len() - 1])),
        one(&format!("Bearer {token}A")),
        one(&format!("Bearer {}", token.replace("mrt_", ""))),
        one(&format!("Bearer mrt_{}", "A".repeat(43))),
        one(&format!("Bearer {}", "A".repeat(10_000))),
        one("Bearer ' OR 1=1 --"),
        one("Bearer mrt_\u{e4}"),
        with(format!("authorization: Bearer {token}\r\nauthorization: Bearer {token}\r\n")),
        with(format!("authorization: Bearer {token}\r\nAuthorization: Bearer x\r\n")),
        with(format!("x-authorization: Bearer {token}\r\ncookie: token={token}\r\n")),
    ];
    for (what, bytes) in cases {
        let answer = client::raw(setting.to(), bytes).await.unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, Some("Bearer")),
            "{what}: {}",
            answer.text()
        );
        assert_shaped(&what, &answer);
        assert_eq!(answer.json().get("truto_is_remote_error"), None, "{what}");
    }
    let in_query = format!("{}&access_token={token}&token={token}", setting.target());
    let bytes = format!("POST {in_query} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{ADA}", ADA.len());
    assert_eq!(client::raw(setting.to(), bytes).await.map(|answer| answer.status), Some(401));
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_405_and_say_what_is_allowed() {
    let setting = Setting::start().await;
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "FROB", "post", "PROPFIND", "OPTIONS"] {
        let answer = client::raw(setting.to(), setting.line(&format!("{method} {} HTTP/1.1", setting.target())))
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET,HEAD,POST")),
            "{method}: {}",
            answer.text()
        );
        assert_shaped(method, &answer);
    }
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_could_be_read_in_two_ways_are_refused_and_end_the_connection() {
    let setting = Setting::start().await;
    // The vendor would see the inner request if the host executed it.
    let inner = String::from_utf8(setting.body(ADA)).expect("text");
    let chunk = "2\r\n{}\r\n0\r\n\r\n".to_owned();
    for (what, headers, body) in [
        (
            "a length and chunks",
            format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", chunk.len()),
            chunk.clone(),
        ),
        (
            "a length that ends early and chunks",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n".to_owned(),
            chunk.clone() + &inner,
        ),
        (
            "chunks that end early and a length",
            format!("transfer-encoding: chunked\r\ncontent-length: {}\r\n", inner.len() + 5),
            "0\r\n\r\n".to_owned() + &inner,
        ),
        (
            "lengths that differ",
            format!("content-length: {}\r\ncontent-length: 0\r\n", ADA.len()),
            ADA.to_owned() + &inner,
        ),
        ("a list of lengths", format!("content-length: {}, 0\r\n", ADA.len()), ADA.to_owned() + &inner),
        (
            "a coding that is not the last",
            "transfer-encoding: chunked, identity\r\n".to_owned(),
            chunk.clone() + &inner,
        ),
        ("an odd coding", "transfer-encoding: xchunked\r\n".to_owned(), chunk.clone() + &inner),
        ("a coding with a control character", "transfer-encoding: \u{b}chunked\r\n".to_owned(), chunk.clone() + &inner),
        ("a signed length", format!("content-length: +{}\r\n", ADA.len()), ADA.to_owned() + &inner),
        ("a blank before the colon", format!("content-length : {}\r\n", ADA.len()), ADA.to_owned() + &inner),
        (
            "a folded header",
            format!("x: y\r\n content-length: 0\r\ncontent-length: {}\r\n", 1 + ADA.len()),
            ADA.to_owned() + &inner,
        ),
    ] {
        let mut connection = Connection::open(setting.to()).await;
        let answer = connection.send(setting.framed(&headers, &body)).await.answer().await;
        assert!(answer.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)), "{what}: {answer:?}");
        connection.closed().await;
        setting.assert_untouched(0);
    }
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_request_is_400_or_the_end_of_the_connection() {
    let setting = Setting::start().await;
    let post = format!("POST {} HTTP", setting.target());
    let many: String = (0..70).map(|n| format!("x-{n}: 1\r\n")).collect();
    let chunks = |body: &str| setting.framed("transfer-encoding: chunked\r\n", body);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("line breaks", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("TLS", vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("HTTP/0.9", b"GET /unified\r\n".to_vec()),
        (
            "HTTP/1.0 with chunks",
            setting.request(&format!("{post}/1.0"), "transfer-encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        ("HTTP/1.0 without a length", setting.request(&format!("{post}/1.0"), "", ADA)),
        ("HTTP/3.7", setting.line(&format!("{post}/3.7"))),
        ("another protocol", setting.line(&format!("POST {} RTSP/1.0", setting.target()))),
        ("no target", setting.line("POST HTTP/1.1")),
        ("a blank in the target", setting.line(&format!("POST {} x HTTP/1.1", setting.target()))),
        ("letters beyond ASCII in the target", setting.line("POST /unified/ticketing/users/\u{e4} HTTP/1.1")),
        ("a NUL in the target", setting.line("POST /unified/ticketing/users\0 HTTP/1.1")),
        ("CONNECT", setting.line("CONNECT 169.254.169.254:80 HTTP/1.1")),
        ("an asterisk", setting.line("POST * HTTP/1.1")),
        ("another origin", setting.line("POST http://169.254.169.254/latest/meta-data HTTP/1.1")),
        ("a long target", setting.line(&format!("POST /{} HTTP/1.1", "a".repeat(100_000)))),
        (
            "ten thousand parameters",
            setting.line(&format!("POST {}{} HTTP/1.1", setting.target(), "&remote_query[a]=1".repeat(10_000))),
        ),
        ("a long method", setting.line(&format!("{} / HTTP/1.1", "A".repeat(100_000)))),
        ("a bad method", setting.line(&format!("PO(ST {} HTTP/1.1", setting.target()))),
        ("many headers", setting.framed(&many, "")),
        ("a large header", setting.framed(&format!("x: {}\r\n", "y".repeat(1 << 20)), "")),
        (
            "headers without end",
            setting.framed("", "")[..60].iter().copied().chain("x: y\r\n".repeat(20_000).bytes()).collect(),
        ),
        ("a header without a colon", setting.framed("header\r\n", ADA)),
        ("a header without a name", setting.framed(": x\r\n", ADA)),
        ("a NUL in a header", setting.framed("x: a\0b\r\n", ADA)),
        ("a carriage return in a header", setting.framed("x: a\rb\r\n", ADA)),
        ("a bad name of a header", setting.framed("x[y]: z\r\n", ADA)),
        ("a negative length", setting.framed("content-length: -1\r\n", ADA)),
        ("a length that is no number", setting.framed("content-length: 0x10\r\n", ADA)),
        ("a length beyond all numbers", setting.framed("content-length: 99999999999999999999999\r\n", ADA)),
        ("a length without a body", setting.framed("content-length: 100\r\n", "")),
        ("a body cut off", setting.framed("content-length: 100\r\n", ADA)),
        ("a bad chunk size", chunks(&format!("zz\r\n{ADA}\r\n0\r\n\r\n"))),
        ("a negative chunk size", chunks(&format!("-1\r\n{ADA}\r\n0\r\n\r\n"))),
        ("a huge chunk size", chunks(&format!("ffffffffffffffffff\r\n{ADA}\r\n0\r\n\r\n"))),
        ("a chunk that is longer", chunks(&format!("5\r\n{ADA}\r\n0\r\n\r\n"))),
        ("a chunk cut off", chunks(&format!("{:x}\r\n{}", ADA.len(), &ADA[..10]))),
        ("no last chunk", chunks(&format!("{:x}\r\n{ADA}\r\n", ADA.len()))),
        ("a chunk extension without end", chunks(&format!("1;{}", "x".repeat(100_000)))),
        ("trailers without end", chunks(&format!("0\r\n{}", "x: y\r\n".repeat(50_000)))),
    ];
    setting.broken(cases).await;
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_callers_are_cut_off() {
    let setting = Setting::start().await;
    for started in ["", "P", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut loris = Connection::open(setting.to()).await;
        loris.send(started).await;
        let answer = loris.answer().await;
        assert!(answer.as_ref().is_none_or(|answer| answer.status == 408), "{started:?}: {answer:?}");
    }
    for headers in ["content-length: 100\r\n", "transfer-encoding: chunked\r\n"] {
        let mut slow = Connection::open(setting.to()).await;
        let answer = slow.send(setting.framed(headers, "")).await.answer().await.expect("an answer");
        assert_eq!(answer.status, 408, "{}", answer.text());
        assert_shaped("a slow body", &answer);
    }
    setting.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_account_requests_are_refused_in_the_same_shape() {
    let setting = Setting::start().await;
    let admin = format!("authorization: Bearer {}\r\n", setting.host.admin_token());
    let send = |line: &str, body: &[u8]| {
        let head = format!("{line} HTTP/1.1\r\nhost: x\r\n{admin}content-length: {}\r\n\r\n", body.len());
        (line.to_owned(), [head.as_bytes(), body].concat())
    };
    let create = |body: Value| send("POST /integrated-account", body.to_string().as_bytes());
    let good = json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_token": "x" } });
    let but = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        create(body)
    };
    setting
        .refused(
            400,
            vec![
                send("POST /integrated-account", b"{"),
                send("POST /integrated-account", b"[]"),
                send("POST /integrated-account", b"{\"tenant_id\":\"t\",\"tenant_id\":\"u\"}"),
                create(json!({})),
                but("integration", json!(1)),
                but("integration", json!("../dixa")),
                but("integration", json!("nonsense")),
                but("tenant_id", json!("")),
                but("tenant_id", json!("a\u{0}b")),
                but("tenant_id", json!("a".repeat(257))),
                but("context", json!("x")),
                but("context", json!({})),
                but("context", json!({ "api_token": null })),
                but("context", json!({ "api_token": 1 })),
                but("context", json!({ "api_token": ["x"] })),
                but("context", json!({ "api_token": "a".repeat(16_385) })),
                but("context", json!({ "api_token": "x", "unknown": "y" })),
                but("is_sandbox", json!("yes")),
                but("authentication_method", json!("carrier-pigeon")),
                but("unknown", json!(1)),
                send("GET /integrated-account?limit=-1", b""),
                send("GET /integrated-account?limit=99999999999999999999", b""),
                send("GET /integrated-account?status=odd", b""),
                send("GET /integrated-account?next_cursor=nonsense", b""),
                send("GET /integrated-account?next_cursor=%00", b""),
                send("GET /integrated-account?limit=%ff", b""),
                send("GET /integrated-account?tenant_id=%00", b""),
                send("GET /integrated-account?integration.name=a%00", b""),
                send("GET /log?tenant_id=%00", b""),
                send(&format!("PATCH /integrated-account/{}", setting.account), b"{\"status\":\"odd\"}"),
            ],
        )
        .await;
    setting
        .refused(
            404,
            ["nonsense", "%00", "%2e%2e", "00000000-0000-0000-0000-000000000000"]
                .map(|id| send(&format!("GET /integrated-account/{id}"), b"")),
        )
        .await;
    setting.assert_serves().await;
}
