import KernelAlgorithms

/// How large the blocks of one thread's multiplication are.
///
/// A strip of B (kc × nr) fills three quarters of the first-level cache, a block of A (mc × kc) half
/// of the second; beside it, the second holds nb columns of B that were just packed, and as many that
/// are on their way. A panel of B (kc × nc) takes the thread's part of half of the third. Extents
/// are evened out, so that no last block is a sliver: a block of a few rows of A would be
/// bound by reading the panel of B.
struct BlockExtents {
  /// Rows of A in a block.
  let mc: Int
  /// Elements of k in a block.
  let kc: Int
  /// Columns of B in a panel.
  let nc: Int
  /// Columns of B that are packed at a time.
  let nb: Int
  /// Whether a panel of B is needed again after its first block of A.
  let keepsPanel: Bool
  /// Bytes of a packed block of A, in whole pages, so that no two threads share a line.
  let leftBytes: Int
  /// Bytes of what is packed of B, likewise.
  let rightBytes: Int

  /// For C of m × n and `words` of k.
  init(m: Int, n: Int, words: Int, kernels: BlockKernels, caches: CacheSizes, threads: Int) {
    let (mr, nr) = (kernels.tileRows, kernels.tileColumns)
    let deepest = min(max(caches.l1 * 3 / 4 / (nr * 4) / 8 * 8, 64), 384)
    let depth = min(Self.even(words, limit: deepest, unit: 8), rounded(words, to: 8))
    let tallest = max(caches.l2 / 2 / (depth * 4) / mr, 1) * mr
    // A quarter more than half of the cache is better than another block.
    let blocks = max((m + tallest * 3 / 4) / tallest, 1)
    mc = rounded((m + blocks - 1) / blocks, to: mr)
    keepsPanel = m > mc
    nb = max(caches.l2 * 3 / 16 / (depth * 4) / nr, 1) * nr
    let panel = max(caches.l3 / 2 / threads / (depth * 4) / nb, 1) * nb
    nc = keepsPanel ? Self.even(n, limit: panel, unit: nr) : rounded(n, to: nr)
    kc = depth * kernels.elementsInWord
    leftBytes = rounded(mc * depth * 4, to: 4096)
    rightBytes = rounded((keepsPanel ? nc : min(nb, nc)) * depth * 4, to: 4096)
  }

  /// The extent of a block, a multiple of `unit`, when `count` is divided into as few blocks of at most
  /// `limit` as there can be.
  static func even(_ count: Int, limit: Int, unit: Int) -> Int {
    let blocks = max((count + limit - 1) / limit, 1)
    return max(rounded((count + blocks - 1) / blocks, to: unit), unit)
  }
}
