#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Waits until the other threads of this process have stopped computing, a quarter of a second at most.
///
/// Threads of foreign libraries wait for the next call in a loop, OpenBLAS's for some 20 ms, OpenMP's
/// for up to 200: whoever is measured next would share the processors with them.
/// Cost: a millisecond where nothing spins.
func waitForSpinningThreads() {
  let window = 1_000_000  // ns
  for _ in 0..<250 {
    let before = processorNanoseconds()
    usleep(useconds_t(window / 1000))
    if processorNanoseconds() - before < window / 5 { return }
  }
}

/// Processor time of all threads of this process, those that run now among them.
private func processorNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
