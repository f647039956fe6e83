import Hardware
import KernelReference
import Synchronization
import Tensors
import Testing

@testable import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instruction sets this CPU runs, by name, so that a failure says which.
private let names = KernelTable.supported.map(\.instructionSet)

/// `count` floats of magnitude ½ to 1 from a seed, `shift` floats into a buffer of their own.
private func operand(_ count: Int, seed: UInt64, shift: Int = 0) throws -> (
  AlignedBuffer, UnsafeMutablePointer<Float>
) {
  let buffer = try AlignedBuffer(byteCount: (count + shift) * 4 + 64, pages: .small)
  buffer.fill(seed: seed)
  return (buffer, buffer.floats + shift)
}

@Suite struct StreamTests {
  @Test(arguments: names, [0, 1, 7, 8, 63, 64, 127, 129, 255, 257, 1021, 4096, 70_001])
  func readSumsEveryByte(name: InstructionSetName, bytes: Int) throws {
    let table = try #require(KernelTable.named(name))
    for shift in [0, 1, 3] {
      let (buffer, floats) = try operand(bytes / 4 + 1, seed: UInt64(bytes), shift: shift)
      let expected = Reference.readSum(floats, bytes: bytes)
      #expect(table.streams.read(floats, bytes) == expected)
      for threads in [1, 2, 5] {
        #expect(table.read(floats, bytes: bytes, on: WorkerPool(threadCount: threads)) == expected)
      }
      withExtendedLifetime(buffer) {}
    }
  }

  @Test(arguments: names, [0, 1, 3, 7, 8, 9, 31, 33, 64, 1001])
  func copyAndTriadStayInside(name: InstructionSetName, count: Int) throws {
    let table = try #require(KernelTable.named(name))
    let pool = WorkerPool(threadCount: 2)
    for shift in [0, 1, 5] {
      let (b, from) = try operand(count, seed: 1, shift: shift)
      let (c, other) = try operand(count, seed: 2)
      let (a, to) = try operand(count + 16, seed: 3, shift: 8)
      let before = to[-1]
      let after = to[count]
      table.copy(to, from, count: count, on: pool)
      #expect((0..<count).allSatisfy { to[$0] == from[$0] })
      table.triad(to, from, other, scale: 0.3, count: count, on: pool)
      for index in 0..<count {
        let exact = Reference.triad(from[index], other[index], scale: 0.3)
        #expect(abs(Double(to[index]) - exact) <= 0x1p-23 * (1 + 0.3))
      }
      #expect(to[-1] == before && to[count] == after)
      withExtendedLifetime((a, b, c)) {}
    }
  }

  @Test(arguments: names)
  func peaksReallyCompute(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    // The multiply-adds swing between two values: as many as iterations say, bounded, never zero.
    #expect(table.peaks.fma(1000).isFinite && table.peaks.fma(1000) != 0)
    #expect(table.peaks.fma(3) != table.peaks.fma(2))
    // Each of 12 accumulators gains 4 · 77 · 101 a lane of 32 bits and iteration.
    let lanes = table.peaks.dotOperations / 2 / 4
    #expect(table.peaks.dot(10) == Int32(truncatingIfNeeded: 10 * lanes * 4 * 77 * 101))
  }
}

@Suite struct MatrixTests {
  private static let shapes: [(Int, Int, Int)] = [
    (0, 3, 2), (3, 0, 2), (2, 3, 0), (1, 1, 1), (5, 15, 7), (6, 16, 8), (7, 17, 9), (13, 33, 5),
    (1, 257, 64), (97, 3, 130), (64, 48, 301), (259, 35, 390),
  ]

  @Test(arguments: names, shapes)
  func matmulAgreesWithTheOracle(name: InstructionSetName, shape: (Int, Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    let (m, n, k) = shape
    for (threads, gap) in [(1, 0), (2, 0), (3, 5)] {
      let (lda, ldb, ldc) = (k + gap, n + gap, n + gap)
      let (aBuffer, a) = try operand(m * lda, seed: 7, shift: gap)
      let (bBuffer, b) = try operand(k * ldb, seed: 8)
      let (cBuffer, c) = try operand(m * ldc + 16, seed: 9, shift: 1)
      let untouched = (0..<m * ldc + 8).map { c[$0] }
      // Small caches, so that small shapes cross every block boundary.
      let work = MatrixMultiply(table: table, caches: CacheSizes(l1: 8192, l2: 16384, l3: 65536))
      try work.multiply(
        a, lda: lda, b, ldb: ldb, into: c, ldc: ldc, m: m, n: n, k: k,
        on: WorkerPool(threadCount: threads))
      for row in 0..<m {
        for column in 0..<n {
          let exact = Reference.dot(a + row * lda, b + column, count: k, stride: ldb)
          #expect(abs(Double(c[row * ldc + column]) - exact.value) <= exact.bound)
        }
        for column in n..<ldc { #expect(c[row * ldc + column] == untouched[row * ldc + column]) }
      }
      for index in m * ldc..<m * ldc + 8 { #expect(c[index] == untouched[index]) }
      withExtendedLifetime((aBuffer, bBuffer, cBuffer)) {}
    }
  }

  @Test(arguments: names, [(0, 5), (1, 1), (3, 17), (4, 16), (5, 33), (130, 259)])
  func matrixVectorAgreesWithTheOracle(name: InstructionSetName, shape: (Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    let (rows, columns) = shape
    let (aBuffer, a) = try operand(rows * columns, seed: 4, shift: 3)
    let (xBuffer, x) = try operand(columns, seed: 5)
    var y = [Float](repeating: .nan, count: rows + 1)
    for threads in [1, 2] {
      try table.matrixVector(
        a, x, into: &y, rows: rows, columns: columns, on: WorkerPool(threadCount: threads))
      for row in 0..<rows {
        let exact = Reference.dot(a + row * columns, x, count: columns, stride: 1)
        #expect(abs(Double(y[row]) - exact.value) <= exact.bound)
      }
      #expect(y[rows].isNaN)
    }
    withExtendedLifetime((aBuffer, xBuffer)) {}
  }

  @Test(arguments: names)
  func notANumberPassesThrough(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    var a: [Float] = [1, .nan, 1, 1]
    var b: [Float] = [1, 1, 1, .infinity]
    var c = [Float](repeating: 0, count: 4)
    try MatrixMultiply(table: table).multiply(
      &a, &b, into: &c, m: 2, n: 2, k: 2, on: WorkerPool(threadCount: 1))
    #expect(c[0].isNaN && c[1].isNaN && c[2] == 2 && c[3] == .infinity)
  }

  @Test func badExtentsAreErrors() {
    var c: [Float] = [0]
    #expect(throws: KernelError.self) {
      try MatrixMultiply(table: .best).multiply(
        [1], lda: 0, [1], into: &c, m: 1, n: 1, k: 1, on: WorkerPool(threadCount: 1))
    }
  }
}

/// A sum that threads may add to.
private final class Count: Sendable {
  private let sum = Atomic<Int>(0)
  func add(_ number: Int) { sum.add(number, ordering: .relaxed) }
  var value: Int { sum.load(ordering: .relaxed) }
}

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyWorkerRunsOncePerJob(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    let counts = Mutex([Int](repeating: 0, count: threads))
    for _ in 0..<500 {
      pool.run { worker, count in
        if count == threads { counts.withLock { $0[worker] += 1 } }
      }
    }
    #expect(counts.withLock { $0 } == [Int](repeating: 500, count: threads))
  }

  /// Many more threads than CPUs: whoever waits leaves its CPU to the others.
  @Test func manyThreadsDoManyJobs() {
    let (threads, jobs) = (16, 2000)
    let pool = WorkerPool(threadCount: threads)
    let sums = (0..<threads).map { _ in Count() }
    for job in 0..<jobs {
      pool.run { worker, count in if count == threads { sums[worker].add(job) } }
    }
    #expect(sums.allSatisfy { $0.value == jobs * (jobs - 1) / 2 })
  }

  /// What a job writes is seen by the next caller, whichever thread that is.
  @Test(arguments: [2, 5])
  func threadsMayCallOneAfterAnother(threads: Int) async {
    let pool = WorkerPool(threadCount: threads)
    let sums = (0..<threads).map { _ in Count() }
    for turn in 1...20 {
      let seen = await Task.detached {
        for _ in 0..<25 { pool.run { worker, _ in sums[worker].add(1) } }
        return sums.map(\.value)
      }.value
      #expect(seen == [Int](repeating: 25 * turn, count: threads))
    }
  }

  /// Workers that end while others of another pool start, parked or not.
  @Test func poolsComeAndGo() {
    for threads in [2, 9, 3, 16, 2] {
      for jobs in [0, 1, 3] {
        let pool = WorkerPool(threadCount: threads)
        let sum = Count()
        for _ in 0..<jobs { pool.run { _, _ in sum.add(1) } }
        #expect(sum.value == jobs * threads)
      }
    }
  }

  /// One worker that is late keeps the caller waiting, past its patience.
  @Test(arguments: [2, 3])
  func theCallerWaitsForTheLast(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    for late in 0..<threads {
      let sum = Count()
      pool.run { worker, _ in
        if worker == late { usleep(3000) }
        sum.add(1)
      }
      #expect(sum.value == threads)
    }
  }

  @Test func processorsAreNoMoreThanTheQuota() {
    let quota = EnvironmentFacts.cpuQuota(.live).value ?? .infinity
    let processors = WorkerPool.availableProcessors
    #expect(processors >= 1 && Double(processors) < quota + 1)
  }

  @Test(arguments: [(0, 4), (1, 4), (100, 3), (7, 16)])
  func sharesCoverEverythingOnce(count: Int, workers: Int) {
    let parts = (0..<workers).map { share(count, unit: 8, worker: $0, of: workers) }
    #expect(parts.flatMap(Array.init) == Array(0..<count))
    #expect(
      parts.dropLast().allSatisfy { $0.upperBound.isMultiple(of: 8) || $0.upperBound == count })
  }
}

@Suite struct DispatchTests {
  @Test func baselineRunsEverywhere() {
    #expect(KernelTable.supported.first?.instructionSet == .baseline)
  }

  @Test func everySetThatRunsHereHasItsTable() {
    #expect(
      KernelTable.supported.map(\.instructionSet)
        == InstructionSetName.allCases.filter(\.isSupported))
  }

  @Test func theEnvironmentChooses() throws {
    #expect(
      try KernelTable.selected(environment: ["PLIMSOLL_ISA": "baseline"]).instructionSet
        == .baseline)
    #expect(
      try KernelTable.selected(environment: [:]).instructionSet == KernelTable.best.instructionSet)
    #expect { try KernelTable.selected(environment: ["PLIMSOLL_ISA": "mmx"]) } throws: {
      "\($0)".contains("mmx") && "\($0)".contains("baseline")
    }
  }
}
