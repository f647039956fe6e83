import KernelAlgorithms

/// How the work of one call is divided among workers.
///
/// Where there are many items, workers take them one by one: whoever is disturbed takes fewer, and
/// the result doesn't depend on who did what. Where there are few, as in decode, they are divided
/// beforehand. The work is a line: item after item, each a block of rows of a KV head, and within
/// an item block after block of the cells it sees. Every worker takes the same length of it, so at
/// most the first and the last of its pieces are parts of an item.
struct AttentionPlan: Sendable {
  let call: AttentionCall
  let kvHeads: Int
  /// Rows of a KV head.
  let rows: Int
  /// Rows of an item, cells of a block.
  let blockRows: Int
  let blockCells: Int
  /// Rows that cost the same as one: those of a register tile.
  let unit: Int

  /// Work between two places on the line; the piece of it that is an item's, or a part of one.
  struct Piece: Equatable {
    let item: Int
    let cells: Range<Int>
    /// Whether it begins and ends with its item.
    let begins: Bool
    let ends: Bool
  }

  private var itemsOfHead: Int { (rows + blockRows - 1) / blockRows }
  var items: Int { kvHeads * itemsOfHead }

  /// The KV head and the rows of an item.
  func rows(of item: Int) -> (kvHead: Int, rows: Range<Int>) {
    let first = item % itemsOfHead * blockRows
    return (item / itemsOfHead, first..<min(first + blockRows, rows))
  }

  /// The cells that the rows of an item see.
  func cells(of item: Int) -> Range<Int> {
    let rows = rows(of: item).rows
    let first = call.firstCell(ofRow: rows.lowerBound)
    return first..<max(first, call.endCell(ofRow: rows.upperBound - 1))
  }

  /// An item as one piece.
  func whole(_ item: Int) -> Piece {
    Piece(item: item, cells: cells(of: item), begins: true, ends: true)
  }

  /// What a block of cells costs an item, and how many blocks it has: one at least, so that rows
  /// that see nothing are written too.
  private func cost(of item: Int) -> (block: Int, blocks: Int) {
    let strips = (rows(of: item).rows.count + unit - 1) / unit
    return (strips, max((cells(of: item).count + blockCells - 1) / blockCells, 1))
  }

  /// The pieces of each of so many workers.
  func pieces(workers: Int) -> [[Piece]] {
    let costs = (0..<items).map(cost)
    let total = costs.reduce(0) { $0 + $1.block * $1.blocks }
    var pieces = [[Piece]](repeating: [], count: workers)
    var (start, worker) = (0, 0)
    for (item, cost) in costs.enumerated() {
      var block = 0
      while block < cost.blocks {
        // The first block at or past the end of this worker's share is the next one's.
        let share = total * (worker + 1) / workers - start
        let end = worker == workers - 1 ? cost.blocks : (share + cost.block - 1) / cost.block
        let last = min(end, cost.blocks)
        if last > block {
          pieces[worker].append(piece(item, blocks: block..<last, of: cost.blocks))
          block = last
        }
        if block < cost.blocks { worker += 1 }
      }
      start += cost.block * cost.blocks
    }
    return pieces
  }

  private func piece(_ item: Int, blocks: Range<Int>, of count: Int) -> Piece {
    let all = cells(of: item)
    let first = all.lowerBound + blocks.lowerBound * blockCells
    let end = min(all.lowerBound + blocks.upperBound * blockCells, all.upperBound)
    return Piece(
      item: item, cells: first..<end, begins: blocks.lowerBound == 0,
      ends: blocks.upperBound == count)
  }
}
