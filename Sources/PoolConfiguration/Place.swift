// Where a setting is kept.

/// A member of the settings that can be read and written.
///
/// Closures, not the key path from the settings to the member: one that is put together at run time
/// is an object of its own, which an enum would keep with its tag in the pointer, and LeakSanitizer
/// would not know it for one.
struct Place<Value>: Sendable {
    fileprivate let read: @Sendable (SettingValues) -> Value
    /// In place: a list that grows line by line is not to be copied for each.
    fileprivate let change: @Sendable (inout SettingValues, (inout Value) -> Void) -> Void

    init(_ path: WritableKeyPath<SettingValues, Value> & Sendable) {
        read = { $0[keyPath: path] }
        change = { values, body in body(&values[keyPath: path]) }
    }

    init(
        _ path: WritableKeyPath<ProgramValues, Value> & Sendable,
        of program: WritableKeyPath<SettingValues, ProgramValues> & Sendable
    ) {
        read = { $0[keyPath: program][keyPath: path] }
        change = { values, body in body(&values[keyPath: program][keyPath: path]) }
    }
}

extension SettingValues {
    subscript<Value>(place: Place<Value>) -> Value {
        get { place.read(self) }
        set { place.change(&self) { $0 = newValue } }
    }

    mutating func change<Value>(_ place: Place<Value>, _ body: (inout Value) -> Void) {
        place.change(&self, body)
    }
}
