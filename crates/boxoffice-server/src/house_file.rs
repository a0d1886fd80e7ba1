//! Loads a house file: shows, products and accounts with the caller's own ids.
//!
//! The file is JSON, or CSV if its name ends in `.csv`; `boxoffice_api::v1::house` describes both.
//!
//! Invariants: the file is read and checked whole before the first command; what exists is left
//! as it is, so that a restart never resets, restocks or recharges; a load that was cut short is
//! completed by the next.
//! Never: changes or removes anything.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use boxoffice_api::v1::house::{HouseFile, HouseFileError};
use boxoffice_api::validate::Pointer;
use boxoffice_api::{Fault, Faults};
use boxoffice_engine::command::{
    AccountRule, Action, Caller, Charge, Command, PutProduct, PutShow,
};
use boxoffice_engine::ids::{Name, Principal};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::{Reply, Rule};
use boxoffice_writer::request::Unavailable;
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};

use crate::house::House;
use crate::problem::{self, Asked};
use crate::v1::{product, show};

/// Bytes of the largest house file.
pub const FILE_BYTES_MAX: u64 = 1 << 30;
/// Commands that wait for their replies at the most: enough to fill the writer's batches, and a
/// fraction of what its inbox takes.
const IN_FLIGHT_MAX: usize = 512;
/// How often a command is sent again that the writer had no room for.
const TRIES_MAX: u32 = 100;

/// A house file that cannot be used. Nothing was loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadFailed {
    /// The file cannot be read.
    #[error("the house file {} cannot be read, so nothing was loaded", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large.
    #[error(
        "the house file {} has more than {FILE_BYTES_MAX} bytes, so nothing was loaded; split it \
         and load one after the other", path.display()
    )]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not JSON of the right shape, or not UTF-8.
    #[error("the house file {} is not what it should be, so nothing was loaded", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and how.
        source: HouseFileError,
    },
    /// Values are wrong.
    #[error(
        "the house file {} has faults, so nothing was loaded; correct these and load it again:{}",
        path.display(), Listed(faults)
    )]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong, at most as many as are kept.
        faults: Vec<Fault>,
    },
}

/// What was there and what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Shows, products and accounts that were missing.
    pub made: usize,
    /// Those that were there, and were left as they are.
    pub found: usize,
}

/// Why a house file is not loaded completely. What was made so far stays; loading the same file
/// again goes on from there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadFailed {
    /// The house gave no reply.
    #[error("the house file is loaded in part: the house does not answer ({why:?})")]
    Unavailable {
        /// The writer's reason.
        why: Unavailable,
    },
    /// The house refused something.
    #[error("the house file is loaded in part: {part} was refused. {detail}")]
    Refused {
        /// What, by its pointer in the file.
        part: String,
        /// Why, for people.
        detail: String,
    },
    /// A task of ours was cut short.
    #[error("the house file is loaded in part: the process is stopping")]
    Stopped(#[source] JoinError),
}

/// Faults as a list of lines.
struct Listed<'a>(&'a [Fault]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Fault { pointer, detail } in self.0 {
            write!(f, "\n  {pointer}: {detail}")?;
        }
        Ok(())
    }
}

/// Reads a file and checks all of it.
///
/// # Errors
/// [`ReadFailed`], with everything that is wrong with the file.
pub fn read(path: &Path) -> Result<HouseFile, ReadFailed> {
    let io = |source| ReadFailed::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, even one without a size.
    let mut file = File::open(path).map_err(io)?.take(FILE_BYTES_MAX + 1);
    file.read_to_end(&mut bytes).map_err(io)?;
    if FILE_BYTES_MAX < bytes.len() as u64 {
        return Err(ReadFailed::TooLarge {
            path: path.to_owned(),
        });
    }
    let is_csv = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    parse(&bytes, is_csv).map_err(|error| match error {
        ParseFailed::NotUtf8 => io(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8",
        )),
        ParseFailed::File(HouseFileError::Invalid(faults)) => ReadFailed::Invalid {
            path: path.to_owned(),
            faults: faults.into_vec(),
        },
        ParseFailed::File(source) => ReadFailed::Malformed {
            path: path.to_owned(),
            source,
        },
    })
}

#[derive(Debug)]
enum ParseFailed {
    NotUtf8,
    File(HouseFileError),
}

fn parse(bytes: &[u8], is_csv: bool) -> Result<HouseFile, ParseFailed> {
    let read = if is_csv {
        let text = std::str::from_utf8(bytes).map_err(|_not_utf8| ParseFailed::NotUtf8)?;
        HouseFile::from_csv(text)
    } else {
        HouseFile::from_json(bytes)
    };
    let file = read.map_err(ParseFailed::File)?;
    let mut faults = Faults::default();
    let accounts = Pointer::ROOT.key("accounts");
    for (buyer, _) in file
        .accounts
        .iter()
        .filter(|(_, account)| account.balance == 0)
    {
        let at = accounts.key(buyer);
        let detail = "must be at least 1: the first charge opens an account; leave this one out";
        faults.add(&at.key("balance"), detail);
    }
    if faults.is_empty() {
        Ok(file)
    } else {
        Err(ParseFailed::File(HouseFileError::Invalid(faults)))
    }
}

/// Makes what a file has and the house has not.
///
/// # Errors
/// [`LoadFailed`]; whatever was made until then is durable.
pub async fn load(house: &House, file: &HouseFile) -> Result<Counts, LoadFailed> {
    let mut counts = Counts::default();
    let mut asked = JoinSet::new();
    for (part, action) in parts(file) {
        if IN_FLIGHT_MAX <= asked.len() {
            counts.add(asked.join_next().await)?;
        }
        let house = house.clone();
        asked.spawn(async move { make(&house, part, action).await });
    }
    while !asked.is_empty() {
        counts.add(asked.join_next().await)?;
    }
    Ok(counts)
}

impl Counts {
    fn add(
        &mut self,
        made: Option<Result<Result<bool, LoadFailed>, JoinError>>,
    ) -> Result<(), LoadFailed> {
        let Some(made) = made else { return Ok(()) };
        if made.map_err(LoadFailed::Stopped)?? {
            self.made += 1;
        } else {
            self.found += 1;
        }
        Ok(())
    }
}

/// One command for each thing in the file, with the thing's pointer.
fn parts(file: &HouseFile) -> impl Iterator<Item = (String, Action)> {
    let shows = file.shows.iter().map(|(id, request)| {
        let put = PutShow {
            show: name(id),
            spec: show::spec(request).into(),
            only_create: true,
        };
        (format!("/shows/{id}"), Action::PutShow(Box::new(put)))
    });
    let products = file.products.iter().map(|(id, request)| {
        let put = product::put_product(name(id), request);
        (format!("/products/{id}"), Action::PutProduct(put))
    });
    let accounts = file.accounts.iter().map(|(buyer, account)| {
        let charge = Charge {
            buyer: name(buyer),
            amount: Amount(account.balance),
            currency: Currency::new(&account.currency),
            account: AccountRule::OpenOnly,
        };
        (format!("/accounts/{buyer}"), Action::Charge(charge))
    });
    shows.chain(products).chain(accounts)
}

fn name(id: &str) -> Name {
    Name::new(id).expect("the file was checked")
}

/// Makes a part unless it is there; whether it was made.
async fn make(house: &House, part: String, action: Action) -> Result<bool, LoadFailed> {
    if let Action::PutProduct(PutProduct { product, .. }) = &action {
        // Putting a product changes one that is there; its price may be somebody's by now.
        let found = ask(house, Action::ReadProduct(product.clone())).await?;
        if matches!(found, Reply::Product(_)) {
            return Ok(false);
        }
    }
    match ask(house, action).await? {
        Reply::Refused(refusal) => match refusal.rule {
            Rule::Exists => Ok(false),
            _ => {
                let problem = problem::of_refusal(&refusal, None, &Asked::Other);
                Err(LoadFailed::Refused {
                    part,
                    detail: problem.detail.into_owned(),
                })
            }
        },
        _ => Ok(true),
    }
}

async fn ask(house: &House, action: Action) -> Result<Reply, LoadFailed> {
    let caller = Caller {
        principal: Principal(0),
        admin: true,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let command = Command {
            caller,
            key: None,
            action: action.clone(),
        };
        match house.ask(command, None).await {
            Ok(answered) => return Ok(answered.answer.reply),
            Err(Unavailable::Overloaded { retry_after_ms }) if tries < TRIES_MAX => {
                tokio::time::sleep(Duration::from_millis(u64::from(retry_after_ms))).await;
            }
            Err(why) => return Err(LoadFailed::Unavailable { why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
        "shows": {"opera": {"name": "Opera", "currency": "EUR",
            "sections": [{"id": "stalls", "price": 5000, "rows": [{"row": "A", "seats": 3}]}],
            "areas": [{"id": "floor", "capacity": 10, "price": 1000}]}},
        "products": {"mug": {"price": 900, "currency": "EUR", "stock": 7}},
        "accounts": {"3f2504e0-4f89-11d3-9a0c-0305e82c3301": {"balance": 1, "currency": "EUR"}}
    }"#;

    fn kinds(file: &HouseFile) -> Vec<String> {
        parts(file).map(|(part, _)| part).collect()
    }

    #[test]
    fn a_file_becomes_one_command_for_each_thing_in_it() {
        let file = parse(JSON.as_bytes(), false).unwrap();
        let want = [
            "/shows/opera",
            "/products/mug",
            "/accounts/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ];
        assert_eq!(kinds(&file), want);
        let actions: Vec<Action> = parts(&file).map(|(_, action)| action).collect();
        let Action::PutShow(put) = &actions[0] else {
            panic!("a show comes first")
        };
        assert!(put.only_create && put.spec.open);
        assert_eq!(put.spec.areas[0].capacity, 10);
        let Action::PutProduct(put) = &actions[1] else {
            panic!("then a product")
        };
        assert_eq!((put.title.as_str(), put.initial), ("mug", Some(7)));
        let Action::Charge(charge) = &actions[2] else {
            panic!("then an account")
        };
        assert_eq!(
            (charge.amount, charge.account),
            (Amount(1), AccountRule::OpenOnly)
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_by_its_line() {
        let csv = "# a comment\n\
                   show,opera,Opera,EUR\n\
                   seat,opera,stalls,A,A1,5000\n\
                   seat,ballet,stalls,A,A1,5000\n\
                   account,anna,ten,EUR\n\
                   nonsense\n";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("house.CSV");
        std::fs::write(&path, csv).unwrap();
        let told = read(&path).unwrap_err().to_string();
        for line in ["/line/4: ", "/line/5: ", "/line/6: "] {
            assert!(told.contains(line), "{told}");
        }
        assert!(told.contains("nothing was loaded"), "{told}");
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_loads_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("house.json");
        assert!(matches!(read(&path), Err(ReadFailed::Io { .. })));
        for (text, want) in [
            ("{", "EOF"),
            (r#"{"shows": 1}"#, "line 1"),
            (r#"{"seats": {}}"#, "/seats is not known here"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err();
            let ReadFailed::Malformed { source, .. } = &error else {
                panic!("{error:?}")
            };
            let HouseFileError::Json(source) = source else {
                panic!("{error:?}")
            };
            assert!(source.to_string().contains(want), "{source}");
        }
        std::fs::write(&path, JSON.replace("\"balance\": 1", "\"balance\": 0")).unwrap();
        let told = read(&path).unwrap_err().to_string();
        assert!(told.contains("/balance: must be at least 1"), "{told}");
    }
}
