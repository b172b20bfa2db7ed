//! A mail server on a port of its own: takes letters, keeps them, and answers otherwise when told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One mail server; it lives as long as the test run. Clones are the same one.
#[derive(Clone)]
pub struct SmtpServer(Arc<Inner>);

struct Inner {
    port: u16,
    letters: Mutex<Vec<Mail>>,
    answers: Mutex<VecDeque<String>>,
    hang_ups: Mutex<usize>,
}

/// A letter it took.
#[derive(Debug, Clone)]
pub struct Mail {
    /// From whom, as the envelope says.
    pub from: String,
    /// To whom, as the envelope says.
    pub to: String,
    /// Headers and text, as they came.
    pub data: String,
}

impl Mail {
    /// A header.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.data.split_once("\r\n\r\n").unwrap();
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.unwrap_or_default().get(start.len()..).unwrap_or_default().trim().to_owned()
    }
    /// What it says.
    pub fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").unwrap();
        let body = match self.header("Content-Transfer-Encoding").as_str() {
            "7bit" | "" => body.to_owned(),
            "quoted-printable" => decoded(body),
            other => panic!("it is encoded in {other}:\n{}", self.data),
        };
        body.replace("\r\n", "\n")
    }
    /// The path of the one link in it.
    pub fn link(&self, site: &str) -> String {
        let text = self.text();
        let links: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(site)).collect();
        assert_eq!(links.len(), 1, "{text}");
        links[0].to_owned()
    }
}

fn decoded(quoted: &str) -> String {
    let text = quoted.replace("=\r\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

impl SmtpServer {
    /// Begins to listen.
    pub fn start() -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = SmtpServer(Arc::new(Inner {
            port: listener.local_addr().unwrap().port(),
            letters: Mutex::default(),
            answers: Mutex::default(),
            hang_ups: Mutex::default(),
        }));
        let this = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let this = this.clone();
                // A client that goes away in the middle ends its own conversation only.
                std::thread::spawn(move || this.talk(stream).unwrap_or_default());
            }
        });
        server
    }
    /// What NUMBERBANK_SMTP_URL is for it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.0.port)
    }
    /// Answers the next recipients so, one each.
    pub fn answer(&self, answers: &[&str]) {
        self.0.answers.lock().unwrap().extend(answers.iter().map(|answer| (*answer).to_owned()));
    }
    /// Hangs up on so many of the next callers.
    pub fn hang_up(&self, times: usize) {
        *self.0.hang_ups.lock().unwrap() = times;
    }
    /// The letters it took.
    pub fn letters(&self) -> Vec<Mail> {
        self.0.letters.lock().unwrap().clone()
    }

    fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        {
            let mut hang_ups = self.0.hang_ups.lock().unwrap();
            if *hang_ups > 0 {
                *hang_ups -= 1;
                return Ok(());
            }
        }
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut say = |words: &str| stream.write_all(format!("{words}\r\n").as_bytes());
        say("220 mail.example.org ESMTP")?;
        let (mut from, mut to) = (String::new(), String::new());
        let address = |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        while let Some(line) = lines.next() {
            let line = line?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => say("250 mail.example.org")?,
                "MAIL" => {
                    from = address(&line);
                    say("250 ok")?;
                }
                "RCPT" => match self.0.answers.lock().unwrap().pop_front() {
                    Some(answer) => say(&answer)?,
                    None => {
                        to = address(&line);
                        say("250 ok")?;
                    }
                },
                "DATA" => {
                    say("354 go on")?;
                    let mut data = String::new();
                    for line in lines.by_ref() {
                        let line = line?;
                        if line == "." {
                            break;
                        }
                        data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        data.push_str("\r\n");
                    }
                    let letter = Mail { from: from.clone(), to: to.clone(), data };
                    self.0.letters.lock().unwrap().push(letter);
                    say("250 taken")?;
                }
                "RSET" | "NOOP" => say("250 ok")?,
                "QUIT" => return say("221 bye"),
                _ => say("502 what?")?,
            }
        }
        Ok(())
    }
}
