//! The two scripts beside the clients' own wishes: opening the house, and the audit at the end.

use super::plan::Plan;
use crate::model::words::{Ask, Proof, Right, Want};

/// Holds, bookings and orders that the audit reads one by one, from number 1.
const READ_ONE_BY_ONE: u64 = 60;
/// Money that every second buyer begins with.
const BALANCE: i64 = 500;

/// Shows, products and some accounts, before any client comes.
pub(super) fn opening(plan: &Plan) -> Vec<Ask> {
    let shows = plan.shows.iter().zip(0..);
    let products = plan.products.iter().zip(0..);
    let mut script: Vec<Ask> = shows
        .map(|(rules, show)| Ask::PutShow {
            show,
            rules: rules.clone(),
        })
        .collect();
    script.extend(products.map(|((price, initial), product)| Ask::PutProduct {
        product,
        price: *price,
        initial: *initial,
    }));
    let rich = (0..plan.n_buyers).step_by(2);
    script.extend(rich.map(|buyer| Ask::Charge {
        buyer,
        amount: BALANCE,
    }));
    script
}

/// Reads everything again.
pub(super) fn audit(plan: &Plan) -> Vec<Ask> {
    let mut script = Vec::new();
    for buyer in 0..plan.n_buyers {
        script.push(Ask::ReadAccount(buyer));
        script.push(Ask::Bookings { buyer });
        script.push(Ask::Orders { buyer });
    }
    let n_products = u32::try_from(plan.products.len()).expect("few");
    script.extend((0..n_products).map(Ask::ReadProduct));
    for id in 1..=READ_ONE_BY_ONE {
        script.push(Ask::ReadOrder(id));
        script.push(Ask::ReadBooking(id));
        script.push(Ask::ReadHold(Right {
            hold: id,
            proof: Proof::Token(1),
            fence: None,
        }));
    }
    script
}

/// Claims every seat and place, once all holds and orders have run out.
pub(super) fn clearance(plan: &Plan) -> Vec<Ask> {
    let mut script = Vec::new();
    for (rules, show) in plan.shows.iter().zip(0..) {
        script.push(Ask::PutShow {
            show,
            rules: rules.clone(),
        });
        for (idx, seat) in rules.rows.iter().flatten().enumerate() {
            let want = Want::Seats(vec![*seat]);
            // A buyer of its own for each, so that no limit of buyers stands in the way.
            let buyer = 1_000 + u32::try_from(idx).expect("few seats");
            script.push(Ask::Hold {
                show,
                buyer,
                want,
                ttl_ms: None,
                session: false,
            });
        }
        for area in 0..u32::try_from(rules.areas.len()).expect("few") {
            for step in 0..rules.areas[area as usize].min(25) {
                let want = Want::Places { area, n: 1 };
                let buyer = 2_000 + step;
                script.push(Ask::Hold {
                    show,
                    buyer,
                    want,
                    ttl_ms: None,
                    session: false,
                });
            }
        }
    }
    script
}
