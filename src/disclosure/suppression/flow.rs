//! Moves as flows: in tables of two ways a move is a flow between sums, and the cheapest one is a matter of shortest paths, a
//! thousand times quicker than a linear program.
//!
//! A sum is a node, and a cell that is part of two sums an edge between them; one that is part of a single sum ends outside.
//! Raising a cell carries units along its edge, lowering it carries them back, as many as the cell counts. To change a cell by
//! n, n units must come back from one end of its edge to the other without it: successive shortest paths, with potentials that
//! keep costs from being negative (Ahuja, Magnanti and Orlin, *Network Flows*, Prentice Hall 1993, section 9.7).
//!
//! Cells of three sums and more, such as a choice's total over several breakdowns, are no edges and are left as they are. Where
//! a move needs them, [`super::moves`] asks the linear program.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::moves::Demand;
use super::system::LinkedSystem;

/// The sums of a system as nodes, the last one standing for what is outside, and its cells as edges.
pub(super) struct Network {
    nodes: usize,
    /// For each cell, the nodes from and to which raising it carries units; none when it is no edge.
    edges: Vec<Option<(usize, usize)>>,
    /// For each node, the cells that start or end there.
    ends: Vec<Vec<usize>>,
}

/// The cheapest way to a node.
#[derive(Clone, Copy)]
struct Way {
    cost: f64,
    /// The cell that was changed last, and whether it was raised.
    by: Option<(usize, bool)>,
    is_final: bool,
}

/// A node that is reached at a cost; costs are finite, so that they have an order.
struct Reached {
    cost: f64,
    node: usize,
}

impl PartialEq for Reached {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.cost.total_cmp(&other.cost).then(self.node.cmp(&other.node))
    }
}

impl Network {
    /// Turns sums round so that each cell enters one of its sums and leaves the other; those for which that fails are no edges.
    pub(super) fn new(system: &LinkedSystem) -> Self {
        let outside = system.sums.len();
        let mut places: Vec<Vec<(usize, i64)>> = vec![Vec::new(); system.len()];
        for (index, sum) in system.sums.iter().enumerate() {
            for (cell, sign) in &sum.terms {
                places[*cell].push((index, *sign));
            }
        }
        let turned = turned(system, &places);
        let edge = |place: &Vec<(usize, i64)>| match place[..] {
            [(sum, sign)] => Some(if sign * turned[sum] > 0 { (outside, sum) } else { (sum, outside) }),
            [(one, sign), (other, other_sign)] => match (sign * turned[one], other_sign * turned[other]) {
                (1, -1) => Some((other, one)),
                (-1, 1) => Some((one, other)),
                _ => None,
            },
            _ => None,
        };
        let edges: Vec<Option<(usize, usize)>> = places.iter().map(edge).collect();
        let mut ends = vec![Vec::new(); outside + 1];
        for (cell, edge) in edges.iter().enumerate() {
            for end in edge.iter().flat_map(|(from, to)| [*from, *to]) {
                ends[end].push(cell);
            }
        }
        Self { nodes: outside + 1, edges, ends }
    }

    /// Whether all the cells that have a cost are edges: then there is no move but flows.
    pub(super) fn holds_all(&self, costs: &[Option<(f64, f64)>]) -> bool {
        costs.iter().zip(&self.edges).all(|(cost, edge)| cost.is_none() || edge.is_some())
    }

    /// The cheapest changes of edges, by cell, that meet a demand; `None` when edges alone cannot meet it. Costs are per unit
    /// that a cell is raised, or lowered.
    pub(super) fn cheapest(
        &self,
        system: &LinkedSystem,
        demand: Demand,
        costs: &[Option<(f64, f64)>],
    ) -> Option<Vec<i64>> {
        let (from, to) = self.edges[demand.cell]?;
        let (start, goal) = if demand.change > 0 { (to, from) } else { (from, to) };
        let mut changes = vec![0_i64; system.len()];
        let mut potentials = vec![0.0; self.nodes];
        let mut missing = demand.change.abs();
        while missing > 0 {
            let search = Search { network: self, system, own: demand.cell, costs, changes: &changes };
            let ways = search.ways(start, goal, &potentials)?;
            let path = self.path(&ways, start, goal);
            let room = path.iter().map(|(cell, is_raised)| search.room(*cell, *is_raised)).min().unwrap_or(missing);
            let units = room.min(missing);
            for (cell, is_raised) in path {
                changes[cell] += if is_raised { units } else { -units };
            }
            missing -= units;
            let farthest = ways[goal].cost;
            for (potential, way) in potentials.iter_mut().zip(&ways) {
                *potential += if way.is_final { way.cost.min(farthest) } else { farthest };
            }
        }
        changes[demand.cell] = demand.change;
        Some(changes)
    }

    /// The cells changed on the way, the last first.
    fn path(&self, ways: &[Way], start: usize, goal: usize) -> Vec<(usize, bool)> {
        let mut path = Vec::new();
        let mut node = goal;
        while node != start {
            let Some((cell, is_raised)) = ways[node].by else { break };
            path.push((cell, is_raised));
            let Some((from, to)) = self.edges[cell] else { break };
            node = if is_raised { from } else { to };
        }
        path
    }
}

/// 1 for a sum that stays as it is, −1 for one that is turned round: whatever a spanning tree of the cells of two sums asks for.
fn turned(system: &LinkedSystem, places: &[Vec<(usize, i64)>]) -> Vec<i64> {
    let mut ties: Vec<Vec<(usize, i64)>> = vec![Vec::new(); system.sums.len()];
    for place in places {
        if let [(one, sign), (other, other_sign)] = place[..] {
            ties[one].push((other, -sign * other_sign));
            ties[other].push((one, -sign * other_sign));
        }
    }
    let mut turned = vec![0; system.sums.len()];
    for start in 0..turned.len() {
        if turned[start] != 0 {
            continue;
        }
        turned[start] = 1;
        let mut waiting = vec![start];
        while let Some(sum) = waiting.pop() {
            for (other, tie) in &ties[sum] {
                if turned[*other] == 0 {
                    turned[*other] = turned[sum] * tie;
                    waiting.push(*other);
                }
            }
        }
    }
    turned
}

/// A search for the cheapest path, after some changes.
struct Search<'a> {
    network: &'a Network,
    system: &'a LinkedSystem,
    /// The cell of the demand, which no path takes.
    own: usize,
    costs: &'a [Option<(f64, f64)>],
    changes: &'a [i64],
}

impl Search<'_> {
    /// By how many units a cell can be raised or lowered at one cost: taking back a change costs what it did.
    fn room(&self, cell: usize, is_raised: bool) -> i64 {
        let change = self.changes[cell];
        match (is_raised, change) {
            (true, ..0) => -change,
            (true, _) => i64::MAX,
            (false, 1..) => change,
            (false, _) => self.system.counts[cell] + change,
        }
    }

    fn cost(&self, cell: usize, is_raised: bool) -> Option<f64> {
        let (up, down) = self.costs[cell]?;
        Some(match (is_raised, self.changes[cell]) {
            (true, ..0) => -down,
            (true, _) => up,
            (false, 1..) => -up,
            (false, _) => down,
        })
    }

    /// The cheapest ways from the start to all nodes that are nearer than the goal, and to it; `None` when it is out of reach.
    fn ways(&self, start: usize, goal: usize, potentials: &[f64]) -> Option<Vec<Way>> {
        let mut ways = vec![Way { cost: f64::INFINITY, by: None, is_final: false }; self.network.nodes];
        ways[start].cost = 0.0;
        let mut waiting = BinaryHeap::from([Reverse(Reached { cost: 0.0, node: start })]);
        while let Some(Reverse(Reached { node, .. })) = waiting.pop() {
            if ways[node].is_final {
                continue;
            }
            ways[node].is_final = true;
            if node == goal {
                return Some(ways);
            }
            for cell in self.network.ends[node].iter().filter(|cell| **cell != self.own) {
                let Some((from, to)) = self.network.edges[*cell] else { continue };
                let (next, is_raised) = if from == node { (to, true) } else { (from, false) };
                let Some(cost) = self.cost(*cell, is_raised).filter(|_| self.room(*cell, is_raised) > 0) else {
                    continue;
                };
                // Never negative but for rounding.
                let step = (cost + potentials[node] - potentials[next]).max(0.0);
                let cost = ways[node].cost + step;
                if !ways[next].is_final && cost < ways[next].cost {
                    ways[next] = Way { cost, by: Some((*cell, is_raised)), is_final: false };
                    waiting.push(Reverse(Reached { cost, node: next }));
                }
            }
        }
        None
    }
}
