import Units

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The devices that can be judged without owning one.
public struct BoxCatalogue: Sendable {
  /// Every device, in the order of the file.
  public let entries: [DeviceEntry]

  /// The catalogue built into the program.
  ///
  /// Errors: none for a program whose tests passed.
  public static func builtIn() throws(CapacityError) -> BoxCatalogue {
    try BoxCatalogue(json: PackageResources.devices_json)
  }

  /// A catalogue read from JSON text: `{"devices": [...]}`.
  ///
  /// Errors: text that isn't JSON, or an entry that lacks a key.
  public init(json: [UInt8]) throws(CapacityError) {
    struct File: Decodable { var devices: [DeviceEntry] }
    do {
      entries = try JSONDecoder().decode(File.self, from: Data(json)).devices
    } catch {
      throw CapacityError("the list of boxes can't be read, write it as devices.json is: \(error)")
    }
  }

  /// The box people mean by `name`: an id or a product name in any spelling (`DGX Spark`,
  /// `rtx4090`), with another memory size after an `@` (`apple-m2-ultra-76c@64GiB`).
  ///
  /// Errors: nothing by that name (the nearest names are listed), several, or a size that isn't
  /// sold.
  public func find(_ name: String) throws(CapacityError) -> Box {
    let parts = name.split(separator: "@", maxSplits: 1)
    guard let wanted = parts.first else {
      throw CapacityError("a box needs a name, such as dgx-spark; 'list boxes' prints them all")
    }
    let entry = try entry(named: String(wanted))
    guard parts.count == 2 else { return try entry.box() }
    do {
      return try entry.box(memory: Bytes(parsing: String(parts[1])))
    } catch let error as UnitsError {
      throw CapacityError(error.description)
    } catch let error as CapacityError {
      throw error
    } catch {
      throw CapacityError("\(error)")
    }
  }

  private func entry(named name: String) throws(CapacityError) -> DeviceEntry {
    let wanted = plain(name)
    if let exact = entries.first(where: { plain($0.id) == wanted || plain($0.name) == wanted }) {
      return exact
    }
    let holding = entries.filter {
      !wanted.isEmpty && (plain($0.id).contains(wanted) || plain($0.name).contains(wanted))
    }
    if holding.count == 1, let only = holding.first { return only }
    let near = holding.isEmpty ? nearest(to: wanted) : holding
    let names = near.prefix(6).map(\.id).joined(separator: ", ")
    throw CapacityError(
      holding.isEmpty
        ? "no box is called '\(name)'; nearest are \(names); 'list boxes' prints them all"
        : "'\(name)' could be any of \(names); write one of them in full")
  }

  /// The three ids that share most letter pairs with `wanted`.
  private func nearest(to wanted: String) -> [DeviceEntry] {
    let pairs = letterPairs(wanted)
    let ranked = entries.map { entry in
      (entry, Double(letterPairs(plain(entry.id)).intersection(pairs).count))
    }
    return ranked.sorted { $0.1 > $1.1 }.prefix(3).map(\.0)
  }
}

/// Letters and digits alone, in lower case.
private func plain(_ name: String) -> String {
  name.lowercased().filter { $0.isLetter || $0.isNumber }
}

/// Every two neighbouring characters of `name`.
private func letterPairs(_ name: String) -> Set<String> {
  Set(zip(name, name.dropFirst()).map { "\($0)\($1)" })
}
