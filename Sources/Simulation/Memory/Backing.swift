/// What lies behind the addresses that a walk reads.
public enum Backing: String, Sendable, CaseIterable {
  /// A file of the model's size, mapped: pages come from the disk, and stay as long as memory lasts.
  case file
  /// Memory of the process's own, filled before the walk.
  case anonymous
  /// Address space that nothing was ever written to: page faults alone, no disk, no data.
  case sparse
}

/// How the pages of a walk come into memory.
public enum Policy: String, Sendable, CaseIterable {
  /// As the kernel does it by itself.
  case normal
  /// The kernel is told that reading goes front to back.
  case sequential
  /// The kernel is told to read nothing ahead.
  case random
  /// The kernel is told what comes next, a layer before it is read.
  case willneed
  /// What is read next is mapped whole before it is read (Linux 5.14).
  case populate
  /// Huge pages, where the memory or the file system has them.
  case hugepage
  /// All of it is locked into memory before the walk.
  case locked
  /// A second thread of ours maps what comes, a layer ahead of the walk, and asks for large pages.
  case readahead
  /// Not mapped at all: threads of ours read past the page cache (O_DIRECT) into a ring of buffers.
  case direct
}

/// Where the bytes of a walk come from.
///
/// The walk tells beforehand what it will read for a token, so that a source may look ahead.
public protocol WeightSource: AnyObject {
  /// All bytes that can be asked for.
  var byteCount: Int { get }
  /// The ranges that will be read next, in this order: one token's. What was begun before is over.
  ///
  /// Errors: a range outside of the source.
  func begin(_ ranges: [Range<Int>]) throws(SimulationError)
  /// The bytes of range `index` of those; valid until the next call. To be called in order, each once.
  ///
  /// Errors: what reading from the disk meets.
  func bytes(_ index: Int) throws(SimulationError) -> UnsafeRawPointer
  /// Ends what was begun: threads are joined, at the end of a walk or on an error.
  func end()
}
