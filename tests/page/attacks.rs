//! The requests that are refused, as one table, and that each of them changes nothing.

use super::{Case, Served, files, state};
use crate::served::request;

/// What tries it | method and path | headers | body | the status | a part of what the log says.
///
/// `known` is the token in a header, `own` the one in the cookie, `origin` the page's own, `json` and `form` the content
/// types; `{PORT}` and `{TOKEN}` are those of the page. The Host is the page's own unless a row names one.
const TABLE: &str = r#"
a name made to resolve here          | POST opt | Host: evil.example; known; json                         | yes | 403 | no name of this machine
a name that begins like ours         | POST opt | Host: 127.0.0.1.evil.example; known; json               | yes | 403 | no name of this machine
a name that ends like ours           | POST opt | Host: evil-localhost; known; json                       | yes | 403 | no name of this machine
a name below ours                    | POST opt | Host: evil.localhost; known; json                       | yes | 403 | no name of this machine
another address                      | POST opt | Host: 192.0.2.1:4247; known; json                       | yes | 403 | no name of this machine
a name with a user                   | POST opt | Host: localhost@evil.example; known; json               | yes | 403 | no name of this machine
no Host                              | POST opt | Host: ; known; json                                     | yes | 403 | no name of this machine
two Hosts                            | POST opt | Also: x; Host: localhost; Host: evil.example; known; json | yes | 403 | no single Host
a proxy's request line               | POST http://evil.example/api/analytics_opt | known; json           | yes | 403 | no single Host
another site                         | POST opt | own; json; Origin: https://evil.example                 | yes | 403 | Origin header is
another port of this machine         | POST opt | own; json; Origin: http://127.0.0.1:8080                | yes | 403 | Origin header is
another name of this machine         | POST opt | own; json; Origin: http://localhost:{PORT}              | yes | 403 | Origin header is
a page without an origin             | POST opt | own; json; Origin: null                                 | yes | 403 | Origin header is
a scheme of another kind             | POST opt | own; json; Origin: ftp://127.0.0.1:{PORT}               | yes | 403 | Origin header is
two Origins                          | POST opt | own; json; origin; Origin: https://evil.example         | yes | 403 | Origin header is
another site that knows the token    | POST opt | known; json; Origin: https://evil.example               | yes | 403 | Origin header is
another site, reading                | GET view | own; Origin: https://evil.example                       |     | 403 | Origin header is
a browser that hides its origin      | POST opt | own; json                                               | yes | 403 | needs an Origin
a browser that hides more            | POST opt | known; json; Sec-Fetch-Site: none                       | yes | 403 | needs an Origin
another site's fetch                 | POST opt | own; json; origin; Sec-Fetch-Site: cross-site           | yes | 403 | another site
another port's fetch                 | POST choice | own; form; origin; Sec-Fetch-Site: same-site         | on  | 403 | another site
another site's form                  | POST choice | own; form; origin; Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: navigate; Sec-Fetch-Dest: document | on | 403 | another site
a script tag elsewhere               | GET view | own; Sec-Fetch-Site: same-site; Sec-Fetch-Mode: no-cors; Sec-Fetch-Dest: script | | 403 | another site
an image elsewhere                   | GET /choice?choice=on | own; Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: no-cors; Sec-Fetch-Dest: image | | 403 | another site
a frame elsewhere                    | GET / | own; Sec-Fetch-Site: cross-site; Sec-Fetch-Mode: navigate; Sec-Fetch-Dest: iframe | | 403 | another site
no token                             | POST opt | json                                                    | yes | 401 | token
no token, by form                    | POST choice | form; origin                                         | on  | 401 | token
a token that differs in one place    | POST opt | json; Authorization: Bearer {OTHER}                     | yes | 401 | token
half a token                         | POST opt | json; Authorization: Bearer {HALF}                      | yes | 401 | token
an empty token                       | POST opt | json; Authorization: Bearer                             | yes | 401 | token
two tokens                           | POST opt | json; Authorization: Bearer 0; known                    | yes | 401 | token
a wrong cookie                       | POST opt | json; origin; Cookie: onramp-analytics-{PORT}=0123      | yes | 401 | token
another port's cookie                | POST opt | json; origin; Cookie: onramp-analytics-1={TOKEN}        | yes | 401 | token
the token in the address of a change | POST /api/analytics_opt?token={TOKEN} | json                       | yes | 401 | token
no token, reading                    | GET view |                                                         |     | 401 | token
no token, following                  | GET /events |                                                      |     | 401 | token
no token, the bytes                  | GET /api/preview |                                                 |     | 401 | token
no token, what was sent              | GET /api/sent/1 |                                                  |     | 401 | token
JSON that says it is text            | POST opt | known; Content-Type: text/plain                         | yes | 415 | Content-Type
JSON that says nothing               | POST opt | known                                                   | yes | 415 | Content-Type
a form where JSON is wanted          | POST opt | known; form                                             | on  | 415 | Content-Type
JSON where a form is wanted          | POST choice | own; origin; json                                    | yes | 415 | form
a form with files                    | POST choice | own; origin; Content-Type: multipart/form-data; boundary=b | on | 415 | form
a long body                          | POST opt | known; json                                             | {LONG} | 413 | limit
a long form                          | POST choice | own; origin; form                                    | {LONG} | 413 | limit
a GET that would change something    | GET /api/analytics_opt?opt=opt-in | known                          |     | 405 | is a POST
a preflight                          | OPTIONS opt | Origin: https://evil.example; Access-Control-Request-Method: POST | | 405 | only GET
a PUT                                | PUT opt | known; json                                              | yes | 405 | only GET
a DELETE                             | DELETE / | known                                                   |     | 405 | only GET
a PATCH                              | PATCH choice | known; form                                         | on  | 405 | only GET
an unknown choice                    | POST opt | known; json | {"opt":"maybe"}                           | 400 | unknown choice: maybe
a choice in capitals                 | POST opt | known; json | {"opt":"OPT-IN"}                          | 400 | unknown choice: OPT-IN
a word of the form                   | POST opt | known; json | {"opt":"on"}                              | 400 | unknown choice: on
an empty choice                      | POST opt | known; json | {"opt":""}                                | 400 | unknown choice
a choice and more                    | POST opt | known; json | {"opt":"opt-in","host":"https://evil.example"} | 400 | unknown field
a choice that is no text             | POST opt | known; json | {"opt":true}                              | 400 | expected a string
two choices                          | POST opt | known; json | {"opt":"opt-in","opt":"opt-out"}          | 400 | duplicate field
no choice                            | POST opt | known; json | {}                                        | 400 | missing field
a list where an object is wanted     | POST opt | known; json | ["opt-in"]                                | 400 | expected an object
a number of no request               | GET /api/sent/one | known                                          |     | 404 | nothing at this address
a destination that is none           | POST choice | own; origin; form | choice=on&destination=nowhere       | 400 | could not read host
half of JSON                         | POST opt | known; json | {"opt":                                   | 400 | JSON
an unknown choice by form            | POST choice | own; origin; form | choice=opt-in                    | 400 | unknown choice: opt-in
two choices by form                  | POST choice | own; origin; form | choice=on&choice=off             | 400 | duplicate field
a line break for the log             | POST choice | own; origin; form | choice=%0Aonramp%1b[2J           | 400 | unknown choice: \nonramp\x1b[2J
"#;

/// A row as the bytes of a request.
fn bytes(served: &Served, line: &str, headers: &str, body: &str) -> String {
    let token = &served.token;
    let other = format!("{}{}", &token[..63], if token.ends_with('0') { '1' } else { '0' });
    let filled = |text: &str| {
        [("{PORT}", &*served.port.to_string()), ("{TOKEN}", token), ("{OTHER}", &other), ("{HALF}", &token[..32])]
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let (method, path) = line.split_once(' ').unwrap();
    let path = match path {
        "opt" => "/api/analytics_opt".to_owned(),
        "view" => "/api/view".to_owned(),
        "choice" => "/choice".to_owned(),
        path => filled(path),
    };
    let headers = headers.replace("data; boundary", "data, boundary");
    let headers = headers.split(';').map(str::trim).filter(|header| !header.is_empty()).map(|header| match header {
        "known" => ("Authorization".into(), served.bearer()),
        "own" => ("Cookie".into(), served.cookie()),
        "origin" => ("Origin".into(), served.base()),
        "json" => ("Content-Type".into(), "application/json".into()),
        "form" => ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
        header => {
            let (name, value) = header.split_once(':').unwrap();
            (name.to_owned(), filled(value.trim()).replace(", boundary", "; boundary"))
        }
    });
    let mut headers: Vec<(String, String)> = headers.collect();
    let named = headers.iter().position(|(name, _)| name == "Host").map(|at| headers.remove(at).1);
    let host = named.unwrap_or_else(|| format!("127.0.0.1:{}", served.port));
    let body = match body {
        "yes" => "{\"opt\":\"opt-in\"}".to_owned(),
        "on" => "choice=on".to_owned(),
        "{LONG}" => format!("choice=on&x={}", "x".repeat(5000)),
        body => body.to_owned(),
    };
    let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    request(method, &path, &host, &headers, &body)
}

#[test]
fn refused_requests_change_nothing_and_the_log_says_why() {
    let case = Case::new();
    let served = Served::start(&case);
    let before = files(&case.root());
    let rows: Vec<Vec<&str>> = TABLE.trim().lines().map(|row| row.split('|').map(str::trim).collect()).collect();
    assert!(rows.len() >= 60);
    for row in rows {
        let [name, line, headers, body, status, why] = row[..] else { panic!("{row:?}") };
        let logged = served.log().len();
        let answer = served.send(bytes(&served, line, headers, body).as_bytes());
        assert_eq!(answer.status.to_string(), status, "{name}: {answer:?}");
        let log = served.log().split_off(logged);
        assert!(log.contains(why) && log.starts_with("onramp-analytics: refused "), "{name}: {log:?}");
        assert!(log.lines().count() == 1 && !log.contains(&served.token), "{name}: {log:?}");
        assert!(answer.header("set-cookie").is_none() && !answer.body.contains(&served.token), "{name}: {answer:?}");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{name}: {answer:?}");
        assert_eq!(state(&served), "undecided", "{name}");
    }
    assert_eq!(files(&case.root()), before);
}

#[test]
fn a_request_without_any_host_is_refused() {
    let case = Case::new();
    let served = Served::start(&case);
    let request = format!("GET /api/view HTTP/1.0\r\nAuthorization: {}\r\n\r\n", served.bearer());
    assert_eq!(served.send(request.as_bytes()).status, 403);
    assert!(served.log().contains("no single Host"));
}
