import Foundation
import Hardware
import Testing

@testable import Harness

@Suite struct ProfileStoreTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/plimsoll-\(UUID())"

  private var store: ProfileStore {
    ProfileStore(environment: ["XDG_DATA_HOME": folder, "HOME": folder])
  }

  @Test func earlierProfilesAreKeptSmallAndFew() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(store.history(fingerprint: "a-box") == ProfileHistory())
    for number in 0..<23 {
      let profile = try HealthyBox.profile(read: Double(number), measuredAt: Double(number))
      #expect(store.save(profile).reason == nil)
    }
    let history = store.history(fingerprint: "a-box")
    // The last is the profile itself; twenty of those before are left.
    #expect(history.entries.map(\.measuredAt) == (2..<22).map(Double.init))
    #expect(
      history.entries.last?.figures.first == .init(name: "read_bandwidth", value: 21))
    #expect(store.load(fingerprint: "a-box")?.measuredAt == 22)
    #expect(try JSON.text(history).utf8.count < 40 << 10)
  }

  /// A program that was cut off after it had written the history writes it again.
  @Test func nothingIsRememberedTwice() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let profile = try HealthyBox.profile()
    for _ in 0..<3 { #expect(store.save(profile).reason == nil) }
    #expect(store.history(fingerprint: "a-box").entries.count == 1)
  }

  @Test func aDamagedHistoryIsBegunAnew() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(store.save(try HealthyBox.profile(measuredAt: 1)).reason == nil)
    #expect(store.save(try HealthyBox.profile(measuredAt: 2)).reason == nil)
    #expect(store.history(fingerprint: "a-box").entries.count == 1)
    let data = try #require(
      DataDirectory.path(environment: ["XDG_DATA_HOME": folder, "HOME": folder]).value)
    try Data("{".utf8).write(to: URL(fileURLWithPath: data + "/profiles/history/a-box.json"))
    #expect(store.history(fingerprint: "a-box").entries.isEmpty)
    #expect(store.save(try HealthyBox.profile(measuredAt: 3)).reason == nil)
    #expect(store.history(fingerprint: "a-box").entries.map(\.measuredAt) == [2])
  }
}
