/// Follows `steps` pointers, each stored where the last one points, and returns the one it ends on.
///
/// Every load waits for the one before: the time of a step is the latency of memory.
@inlinable @inline(__always)
public func followPointers(from start: UnsafeRawPointer, steps: Int) -> UnsafeRawPointer {
  var p = start
  var left = steps
  while left > 0 {
    p = p.load(as: UnsafeRawPointer.self)
    left &-= 1
  }
  return p
}
