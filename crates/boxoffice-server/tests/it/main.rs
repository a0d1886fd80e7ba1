//! Everything that is tested against a server with real sockets.

#[cfg(test)]
mod dialects_cinema;
#[cfg(test)]
mod dialects_concert;
#[cfg(test)]
mod dialects_house;
#[cfg(test)]
mod dialects_race;
#[cfg(test)]
mod dialects_shop;
#[cfg(test)]
mod dialects_theatre;
#[cfg(test)]
mod http;
#[cfg(test)]
mod support;
#[cfg(test)]
mod v1;
