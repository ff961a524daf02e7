// What an ELF shared object says about itself, read from its bytes before any of its code runs.

/// The parts of a shared object that decide whether it is loaded. Layouts: elf(5).
struct ELFImage {
    struct Segment {
        let type: Int
        let flags: Int
        let offset: Int
        let address: Int
        let fileSize: Int
    }

    struct Symbol {
        let name: String
        /// 0 local, 1 global, 2 weak, 10 unique.
        let binding: Int
    }

    /// The note's fields, `nil` where the file has no note of a plugin.
    private(set) var info: PluginInfo?
    private(set) var neededLibraries: [String] = []
    /// Symbols that the object defines for others.
    private(set) var exports: [Symbol] = []
    /// Without a PT_GNU_STACK glibc takes it that the stack has to be.
    private(set) var hasExecutableStack = true
    private(set) var hasTextRelocations = false
    private(set) var hasStaticTLS = false

    private var segments: [Segment] = []

    /// - Throws: `PluginFailure` where the bytes are no shared object for this machine.
    init(_ bytes: [UInt8]) throws(PluginFailure) {
        // Not kept: the bytes would be with it.
        let reader = ELFReader(bytes: bytes)
        try readHeader(reader)
        readNotes(reader)
        try readDynamic(reader)
        try readSymbols(reader)
    }

    private static var damaged: PluginFailure { PluginFailure("the file is damaged: its tables point outside of it") }

    private static var machine: (code: Int, name: String) {
        #if arch(arm64)
            (183, "aarch64")
        #else
            (62, "x86-64")
        #endif
    }

    private mutating func readHeader(_ reader: ELFReader) throws(PluginFailure) {
        let bytes = reader.bytes
        guard bytes.count >= 4, bytes[0] == 0x7F, bytes[1] == 0x45, bytes[2] == 0x4C, bytes[3] == 0x46 else {
            throw PluginFailure("the file is no shared object (it has no ELF header)")
        }
        guard bytes.count >= 64 else { throw PluginFailure("truncated: \(bytes.count) bytes, less than an ELF header") }
        guard bytes[4] == 2, bytes[5] == 1 else {
            throw PluginFailure("the file is for another kind of machine: 64-bit, little endian is needed")
        }
        guard let machine = reader.unsigned16(18), machine == Self.machine.code else {
            throw PluginFailure(
                "the file is for another machine (ELF machine \(reader.unsigned16(18) ?? 0)): "
                    + "build it for \(Self.machine.name)")
        }
        guard reader.unsigned16(16) == 3 else {
            throw PluginFailure("the file is no shared object (ELF type is not DYN)")
        }
        guard let table = reader.unsigned64(32), let size = reader.unsigned16(54), let count = reader.unsigned16(56),
            size >= 56, count > 0
        else { throw Self.damaged }
        for index in 0..<count {
            let at = table + index * size
            guard let type = reader.unsigned32(at), let flags = reader.unsigned32(at + 4),
                let offset = reader.unsigned64(at + 8), let address = reader.unsigned64(at + 16),
                let fileSize = reader.unsigned64(at + 32)
            else { throw PluginFailure("truncated: the file ends in its program headers") }
            let (end, overflows) = offset.addingReportingOverflow(fileSize)
            if !overflows && end > bytes.count && type != 0x6474_E551 {
                throw PluginFailure("truncated: \(bytes.count) of at least \(end) bytes")
            }
            if overflows { throw Self.damaged }
            segments.append(
                Segment(type: type, flags: flags, offset: offset, address: address, fileSize: fileSize))
            // PT_GNU_STACK, PF_X.
            if type == 0x6474_E551 { hasExecutableStack = flags & 1 != 0 }
        }
    }

    /// Where an address of the loaded image lies in the file.
    private func fileOffset(_ address: Int) -> Int? {
        for segment in segments
        where segment.type == 1 && address >= segment.address && address - segment.address < segment.fileSize {
            return segment.offset + (address - segment.address)
        }
        return nil
    }

    /// PT_NOTE segments hold notes one after another: name size, descriptor size, type, name, descriptor.
    private mutating func readNotes(_ reader: ELFReader) {
        for segment in segments where segment.type == 4 {
            var at = segment.offset
            let end = segment.offset + segment.fileSize
            while at + 12 <= end {
                guard let nameSize = reader.unsigned32(at), let size = reader.unsigned32(at + 4),
                    let type = reader.unsigned32(at + 8)
                else { break }
                let content = at + 12 + (nameSize + 3) / 4 * 4
                guard content + size <= end else { break }
                if type == 1, nameSize == 5, reader.string(at + 12) == "JSPG" {
                    info = PluginInfo(reader, at: content, size: size)
                }
                at = content + (size + 3) / 4 * 4
            }
        }
    }

    private mutating func readDynamic(_ reader: ELFReader) throws(PluginFailure) {
        guard let dynamic = segments.first(where: { $0.type == 2 }) else {
            throw PluginFailure("the file is no shared object (it has no dynamic section)")
        }
        var needed: [Int] = []
        var strings: Int?
        var at = dynamic.offset
        while at + 16 <= dynamic.offset + dynamic.fileSize {
            guard let tag = reader.unsigned64(at) else { throw Self.damaged }
            // DT_FLAGS_1 and some others may have any bits.
            let value = reader.unsigned64(at + 8) ?? 0
            at += 16
            switch tag {
            case 0: at = Int.max - 16
            case 1: needed.append(value)
            case 5: strings = fileOffset(value)
            case 22: hasTextRelocations = true
            case 30:
                if value & 4 != 0 { hasTextRelocations = true }
                if value & 0x10 != 0 { hasStaticTLS = true }
            default: break
            }
        }
        guard let strings else { throw Self.damaged }
        for offset in needed {
            guard let name = reader.string(strings + offset) else { throw Self.damaged }
            neededLibraries.append(name)
        }
    }

    /// The dynamic symbols, found by the section headers, which `strip` leaves in place.
    private mutating func readSymbols(_ reader: ELFReader) throws(PluginFailure) {
        guard let table = reader.unsigned64(40), let size = reader.unsigned16(58), let count = reader.unsigned16(60),
            table > 0, count > 0, size >= 64
        else { throw PluginFailure("the file has no section headers: do not remove them") }
        for index in 0..<count {
            let at = table + index * size
            guard let type = reader.unsigned32(at + 4) else {
                throw PluginFailure("truncated: \(reader.bytes.count) of at least \(table + count * size) bytes")
            }
            guard type == 11 else { continue }
            guard let offset = reader.unsigned64(at + 24), let length = reader.unsigned64(at + 32),
                let link = reader.unsigned32(at + 40), let entry = reader.unsigned64(at + 56), entry >= 24,
                let strings = reader.unsigned64(table + link * size + 24)
            else { throw Self.damaged }
            for symbol in 0..<(length / entry) {
                let place = offset + symbol * entry
                guard let name = reader.unsigned32(place), let section = reader.unsigned16(place + 6),
                    place + 4 < reader.bytes.count
                else { throw Self.damaged }
                let binding = Int(reader.bytes[place + 4] >> 4)
                guard section != 0, binding != 0 else { continue }
                guard let text = reader.string(strings + name) else { throw Self.damaged }
                exports.append(Symbol(name: text, binding: binding))
            }
            return
        }
        throw PluginFailure("the file has no dynamic symbols")
    }
}
