//! House files in CSV: one record per line, its kind in the first field.
//!
//! ```text
//! show,ID,NAME,CURRENCY[,STARTS_AT]
//! seat,SHOW,SECTION,ROW,ID,PRICE
//! area,SHOW,ID,CAPACITY,PRICE
//! product,ID,NAME,PRICE,CURRENCY,STOCK
//! account,BUYER,BALANCE,CURRENCY
//! ```
//!
//! Invariants:
//! * Empty lines and lines that begin with `#` say nothing; a show stands before its seats.
//! * Seats of one row keep the order of the file; a row whose seats have different prices becomes
//!   an error, because rows have one price.
//!
//! Never: a second set of rules; the result is checked like a house file in JSON.

use super::house::{HouseAccount, HouseFile, HouseFileError};
use super::product::ProductRequest;
use super::show::{Area, Row, RowSeats, Section, ShowRequest, Tariff};
use crate::limits;
use crate::validate::{Faults, Pointer, Validate as _};

impl HouseFile {
    /// Reads a file in CSV (RFC 4180 quotes, UTF-8). Faults of lines have the pointer `/line/N`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_csv(text: &str) -> Result<Self, HouseFileError> {
        let mut file = Self::default();
        let mut faults = Faults::default();
        let at_lines = Pointer::ROOT.key("line");
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (n_line, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let read = fields(line).ok_or("has a quote that does not end in its line");
            let read = read.and_then(|fields| record(&mut file, &fields));
            if let Err(detail) = read {
                faults.add(&at_lines.index(n_line), detail);
            }
        }
        if faults.is_empty() {
            file.check(&Pointer::ROOT, &mut faults);
        }
        if faults.is_empty() {
            Ok(file)
        } else {
            Err(HouseFileError::Invalid(faults))
        }
    }
}

/// Splits a line at its commas; `None` if a quoted field does not end.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut rest = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = rest.next() {
        let at_start = fields.last().is_some_and(String::is_empty);
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                fields.last_mut()?.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if at_start => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut()?.push(other),
        }
    }
    (!quoted).then_some(fields)
}

fn number(text: &str) -> Result<i64, &'static str> {
    text.trim()
        .parse()
        .map_err(|_| "must have a whole number where a price or count belongs")
}

fn record(file: &mut HouseFile, fields: &[String]) -> Result<(), &'static str> {
    let fields: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
    match fields.as_slice() {
        ["show", id, name, currency] => show(file, id, name, currency, None),
        ["show", id, name, currency, starts_at] => {
            let starts_at = (!starts_at.is_empty()).then_some(*starts_at);
            show(file, id, name, currency, starts_at)
        }
        ["seat", show, section, row, id, price] => {
            let price = number(price)?;
            let show = file
                .shows
                .last_mut(show)
                .ok_or("must follow the line of its show")?;
            seat(show, section, row, id, price)
        }
        ["area", show, id, capacity, price] => {
            let (capacity, price) = (number(capacity)?, number(price)?);
            let show = file
                .shows
                .last_mut(show)
                .ok_or("must follow the line of its show")?;
            show.areas.push(Area {
                id: (*id).to_owned(),
                capacity,
                price,
            });
            Ok(())
        }
        ["product", id, name, price, currency, stock] => {
            let product = ProductRequest {
                name: (!name.is_empty()).then(|| (*name).to_owned()),
                price: number(price)?,
                currency: (*currency).to_owned(),
                stock: Some(number(stock)?),
            };
            file.products.push((*id).to_owned(), product);
            Ok(())
        }
        ["account", buyer, balance, currency] => {
            let (balance, currency) = (number(balance)?, (*currency).to_owned());
            file.accounts
                .push((*buyer).to_owned(), HouseAccount { balance, currency });
            Ok(())
        }
        ["show" | "seat" | "area" | "product" | "account", ..] => {
            Err("has the wrong number of fields for its kind")
        }
        _ => Err("must begin with show, seat, area, product or account"),
    }
}

fn show(
    file: &mut HouseFile,
    id: &str,
    name: &str,
    currency: &str,
    starts_at: Option<&str>,
) -> Result<(), &'static str> {
    let show = ShowRequest {
        name: name.to_owned(),
        starts_at: starts_at.map(str::to_owned),
        on_sale_at: None,
        open: true,
        venue: None,
        currency: currency.to_owned(),
        hold_ttl_ms: limits::HOLD_TTL_MS_DEFAULT,
        order_ttl_ms: limits::ORDER_TTL_MS_DEFAULT,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Tariff::defaults(),
        sections: Vec::new(),
        areas: Vec::new(),
    };
    file.shows.push(id.to_owned(), show);
    Ok(())
}

fn seat(
    show: &mut ShowRequest,
    section_id: &str,
    label: &str,
    id: &str,
    price: i64,
) -> Result<(), &'static str> {
    let sections = &mut show.sections;
    let found = sections
        .iter()
        .rposition(|section| section.id == section_id);
    let section_idx = found.unwrap_or_else(|| {
        let id = section_id.to_owned();
        sections.push(Section {
            id,
            price,
            prefix: None,
            rows: Vec::new(),
        });
        sections.len().saturating_sub(1)
    });
    let section = sections
        .get_mut(section_idx)
        .ok_or("belongs to no section")?;
    // Files list a row's seats together, so the row is nearly always the last one.
    if let Some(row) = section.rows.iter_mut().rev().find(|row| row.row == label) {
        if row.price != Some(price) {
            return Err("must have the price of the other seats of its row");
        }
        if let RowSeats::Ids(ids) = &mut row.seats {
            ids.push(id.to_owned());
        }
        return Ok(());
    }
    let seats = RowSeats::Ids(vec![id.to_owned()]);
    let (row, price) = (label.to_owned(), Some(price));
    section.rows.push(Row {
        row,
        seats,
        price,
        not_for_sale: Vec::new(),
    });
    Ok(())
}
