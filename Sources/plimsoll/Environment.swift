import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the process was started with, and when.
enum Environment {
  static var variables: [String: String] { ProcessInfo.processInfo.environment }

  /// Seconds since 1970.
  static var now: Double { Date().timeIntervalSince1970 }

  static var workingFolder: String { FileManager.default.currentDirectoryPath }
}

/// Whether the person asked for the end with Ctrl-C, or the system with SIGTERM.
enum Interruption {
  static var isPending: Bool { interruptionIsAsked.load(ordering: .relaxed) }

  /// From here on an interruption is only noted, so that the work can end in order. Whoever started
  /// the program may have left the signals blocked: they are let in.
  static func watch() {
    var watched = sigset_t()
    sigemptyset(&watched)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in interruptionIsAsked.store(true, ordering: .relaxed) }
      sigaddset(&watched, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
  }
}

// A signal handler can't capture, so what it sets is global.
private let interruptionIsAsked = Atomic<Bool>(false)
