// Where a setting is kept.

/// A member of the settings that can be read and written.
///
/// Closures, not the key path from the settings to the member: one that is put together at run time
/// is an object of its own, which an enum would keep with its tag in the pointer, and LeakSanitizer
/// would not know it for one.
struct Place<Value>: Sendable {
    fileprivate let read: @Sendable (SettingValues) -> Value
    fileprivate let write: @Sendable (Value, inout SettingValues) -> Void

    init(_ path: WritableKeyPath<SettingValues, Value> & Sendable) {
        read = { $0[keyPath: path] }
        write = { $1[keyPath: path] = $0 }
    }

    init(
        _ path: WritableKeyPath<ProgramValues, Value> & Sendable,
        of program: WritableKeyPath<SettingValues, ProgramValues> & Sendable
    ) {
        read = { $0[keyPath: program][keyPath: path] }
        write = { $1[keyPath: program][keyPath: path] = $0 }
    }
}

extension SettingValues {
    subscript<Value>(place: Place<Value>) -> Value {
        get { place.read(self) }
        set { place.write(newValue, &self) }
    }
}
