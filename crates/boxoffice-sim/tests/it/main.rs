//! The simulation itself: that seeds pass, that runs repeat, that bugs are seen, and that the judge
//! is right about histories that were made by hand.

mod judged;
mod seeds;
