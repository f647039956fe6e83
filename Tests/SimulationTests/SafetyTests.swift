import Foundation
import Hardware
import Testing
import Units

@testable import Simulation

/// A folder of files that stands for a machine; removed at the end.
final class FakeMachine {
  let root: String

  init(_ contents: [String: String]) throws {
    root = NSTemporaryDirectory() + "plimsoll-machine-\(UUID().uuidString)"
    for (path, text) in contents { try write(path, text) }
  }

  var files: SystemFiles { SystemFiles(root: root) }

  /// A machine on which so much memory is available.
  convenience init(available: Bytes, _ more: [String: String] = [:]) throws {
    try self.init(more)
    try write("/proc/meminfo", Self.memory(available))
  }

  static func memory(_ available: Bytes) -> String {
    "MemTotal: 999999999 kB\nMemAvailable: \(available.count / 1024) kB\nSwapTotal: 0 kB\n"
  }

  /// Replaces the file in one go, as the kernel's files are never seen half.
  func write(_ path: String, _ text: String) throws {
    let url = URL(filePath: root + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url, options: .atomic)
  }

  func text(_ path: String) -> String? { files.text(path).value }

  deinit { try? FileManager.default.removeItem(atPath: root) }
}

#if os(Linux)
  @Suite struct WalkBudgetTests {
    @Test(arguments: [
      (available: 1, reserve: 0.5), (4, 0.5), (16, 1), (64, 4), (512, 4),
    ])
    func aReserveIsLeft(available: Int, reserve: Double) throws {
      let machine = try FakeMachine(available: .gibibytes(available))
      let budget = try WalkBudget(from: machine.files)
      #expect(budget.reserve == Bytes(Int(reserve * 0x1p30)))
      #expect(budget.bytes + budget.reserve == budget.available)
      #expect(budget.floor < budget.reserve)
    }

    @Test func lessCanBeAskedForAndMoreIsRefused() throws {
      let machine = try FakeMachine(available: .gibibytes(16))
      #expect(
        try WalkBudget(asked: .gibibytes(3), from: machine.files).bytes == .gibibytes(3))
      let error = #expect(throws: SimulationError.self) {
        try WalkBudget(asked: .gibibytes(16), from: machine.files)
      }
      #expect(error?.kind == .refused && error?.description.contains("1.0 GiB are missing") == true)
      let none = #expect(throws: SimulationError.self) {
        try WalkBudget(asked: .zero, from: machine.files)
      }
      #expect(none?.kind == .usage)
    }

    @Test func nothingIsKnownOfNoMachine() throws {
      let machine = try FakeMachine([:])
      let error = #expect(throws: SimulationError.self) { try WalkBudget(from: machine.files) }
      #expect(error?.kind == .refused)
    }
  }

  @Suite struct WatchdogTests {
    @Test func itBarksWhenMemoryGoes() throws {
      let machine = try FakeMachine(available: .gibibytes(8))
      let watchdog = try Watchdog(floor: .gibibytes(1), from: machine.files)
      usleep(500_000)
      #expect(watchdog.reason == nil)
      try machine.write("/proc/meminfo", FakeMachine.memory(.mebibytes(900)))
      var patience = 300
      while watchdog.reason == nil, patience > 0 {
        usleep(100_000)
        patience -= 1
      }
      #expect(watchdog.reason?.contains("900.0 MiB are available") == true)
    }

    @Test func theBudgetsOwnGroupMayBeFull() throws {
      let machine = try FakeMachine(
        available: .gibibytes(8),
        [
          "/proc/self/mountinfo":
            "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
          "/proc/self/cgroup": "4:memory:/plimsoll-budget-7",
          "/sys/fs/cgroup/memory/plimsoll-budget-7/memory.limit_in_bytes": "1048576",
          "/sys/fs/cgroup/memory/plimsoll-budget-7/memory.usage_in_bytes": "1048576",
        ])
      #expect(try WalkBudget(from: machine.files).available == .zero)
      let watchdog = try Watchdog(floor: .gibibytes(1), from: machine.files)
      usleep(500_000)
      #expect(watchdog.reason == nil)
    }
  }

  @Suite struct BudgetGroupTests {
    private static let home = "/sys/fs/cgroup/memory/job"
    private static let group = home + "/plimsoll-budget-\(getpid())"
    private static let version1 = [
      "/proc/self/mountinfo": "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
      "/proc/self/cgroup": "4:memory:/job",
      home + "/cgroup.procs": "",
    ]

    @Test func aLimitIsSetBeforeTheProcessIsMoved() throws {
      let names = ["memory.limit_in_bytes", "cgroup.procs"]
      let files = Dictionary(uniqueKeysWithValues: names.map { ("\(Self.group)/\($0)", "") })
      let machine = try FakeMachine(Self.version1.merging(files) { $1 })
      let group = try BudgetGroup(limit: .gibibytes(2), from: machine.files)
      #expect(machine.text(Self.group + "/memory.limit_in_bytes") == "2147483648")
      #expect(machine.text(Self.group + "/cgroup.procs") == "\(getpid())")
      group.end()
      #expect(machine.text(Self.home + "/cgroup.procs") == "\(getpid())")
    }

    @Test func versionTwoGetsItsControllerFirst() throws {
      let (home, group) = ("/sys/fs/cgroup/job", "/sys/fs/cgroup/job/plimsoll-budget-\(getpid())")
      let machine = try FakeMachine([
        "/proc/self/mountinfo": "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
        "/proc/self/cgroup": "0::/job",
        home + "/cgroup.controllers": "cpu memory pids", home + "/cgroup.procs": "",
        home + "/cgroup.subtree_control": "", group + "/memory.max": "max",
        group + "/cgroup.procs": "",
      ])
      let bound = try BudgetGroup(limit: .gibibytes(2), from: machine.files)
      #expect(machine.text(home + "/cgroup.subtree_control") == "+memory")
      #expect(machine.text(group + "/memory.max") == "2147483648")
      #expect(machine.text(group + "/cgroup.procs") == "\(getpid())")
      bound.end()
      #expect(machine.text(home + "/cgroup.procs") == "\(getpid())")
    }

    /// A shell and its pipes are in the same group: it can't give memory to groups below.
    @Test(arguments: [true, false])
    func ofVersionTwoItIsMadeBesideTheProcesssOwn(isGiven: Bool) throws {
      let (parent, name) = ("/sys/fs/cgroup/user", "plimsoll-budget-\(getpid())")
      var files = [
        "/proc/self/mountinfo": "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
        "/proc/self/cgroup": "0::/user/job", parent + "/cgroup.procs": "",
        parent + "/job/cgroup.controllers": "cpu memory", parent + "/job/cgroup.procs": "",
        "\(parent)/\(name)/cgroup.procs": "",
      ]
      if isGiven { files["\(parent)/\(name)/memory.max"] = "max" }
      let machine = try FakeMachine(files)
      guard isGiven else {
        // Neither beside nor below: the process is where it was.
        #expect(throws: SimulationError.self) {
          try BudgetGroup(limit: .gibibytes(2), from: machine.files)
        }
        #expect(machine.text(parent + "/\(name)/cgroup.procs") == "")
        return
      }
      let bound = try BudgetGroup(limit: .gibibytes(2), from: machine.files)
      #expect(machine.text("\(parent)/\(name)/memory.max") == "2147483648")
      #expect(machine.text("\(parent)/\(name)/cgroup.procs") == "\(getpid())")
      bound.end()
      #expect(machine.text(parent + "/job/cgroup.procs") == "\(getpid())")
    }

    @Test func whereNoneCanBeMadeNothingStays() throws {
      // A folder that is no control group: it has no file to set a limit with.
      let machine = try FakeMachine(Self.version1)
      let error = #expect(throws: SimulationError.self) {
        try BudgetGroup(limit: .gibibytes(2), from: machine.files)
      }
      #expect(error?.kind == .refused)
      #expect(machine.files.names(in: Self.home) == ["cgroup.procs"])
      #expect(machine.text(Self.home + "/cgroup.procs") == "", "it was never moved")
    }

    @Test func groupsOfTheDeadAreRemoved() throws {
      let machine = try FakeMachine(Self.version1)
      for name in ["plimsoll-budget-99999999", "plimsoll-budget-1", "plimsoll-budget-x", "else"] {
        #expect(mkdir("\(machine.root)\(Self.home)/\(name)", 0o755) == 0)
      }
      _ = try? BudgetGroup(limit: .gibibytes(2), from: machine.files)
      #expect(
        machine.files.names(in: Self.home)
          == ["cgroup.procs", "else", "plimsoll-budget-1", "plimsoll-budget-x"])
    }

    @Test func withoutAMemoryControllerItIsRefused() throws {
      let machine = try FakeMachine(["/proc/self/cgroup": "0::/"])
      let error = #expect(throws: SimulationError.self) {
        try BudgetGroup(limit: .gibibytes(2), from: machine.files)
      }
      #expect(error?.kind == .refused)
    }
  }
#endif

@Suite struct MemoryAlarmTests {
  @Test func fullStallsOfFiveSecondsCount() {
    var alarm = MemoryAlarm(floor: .zero, stallShare: 0.5)
    // A second of stalls, then none: a fifth of the time, and less later on.
    var reasons: [String?] = []
    for second in 0...20 {
      reasons.append(
        alarm.reason(available: nil, stalled: min(second, 1) * 1_000_000, at: Double(second)))
    }
    #expect(reasons.allSatisfy { $0 == nil })
    // From here on nine tenths: more than half of five seconds after three of them.
    for second in 21...30 {
      let stalled = 1_000_000 + (second - 20) * 900_000
      let reason = alarm.reason(available: nil, stalled: stalled, at: Double(second))
      #expect((reason != nil) == (second >= 23), "second \(second)")
    }
  }

  @Test func theFloorItselfIsEnough() {
    var alarm = MemoryAlarm(floor: .gibibytes(1), stallShare: 0.5)
    #expect(alarm.reason(available: .gibibytes(1), stalled: nil, at: 0) == nil)
    #expect(alarm.reason(available: .mebibytes(1023), stalled: nil, at: 1) != nil)
    #expect(alarm.reason(available: nil, stalled: nil, at: 2) == nil)
  }
}

@Suite struct BallastTests {
  @Test func itIsHeldAndGivenBack() throws {
    #if os(Linux)
      // Tests beside this one lock some 10 MiB.
      let locked = { SystemFiles.live.kibibytes("VmLck", of: "/proc/self/status") ?? 0 }
      var ballast: Ballast? = try Ballast(.mebibytes(96))
      #expect(ballast?.bytes == .mebibytes(96))
      guard ballast?.isLocked == true else { return }
      #expect(locked() >= 96 << 20)
      ballast = nil
      #expect(locked() < 96 << 20)
    #endif
  }

  @Test func moreThanThereIsIsRefused() throws {
    let error = #expect(throws: SimulationError.self) { try Ballast(Bytes(1 << 45)) }
    #expect(error?.kind == .refused && error?.description.contains("are missing") == true)
    let none = #expect(throws: SimulationError.self) { try Ballast(.zero) }
    #expect(none?.kind == .usage)
    let stopped = #expect(throws: SimulationError.self) {
      try Ballast(.mebibytes(64), isInterrupted: { true })
    }
    #expect(stopped?.kind == .interrupted)
  }
}
