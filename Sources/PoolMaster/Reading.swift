// A pool's settings, and what they were read from.

import PoolConfiguration

/// One reading of the configuration.
package struct Reading {
    package let settings: PoolSettings
    /// Of which the same settings can be made again, by another master; `nil` where no file was read.
    package let texts: ConfigurationTexts?

    package init(_ settings: PoolSettings, texts: ConfigurationTexts? = nil) {
        self.settings = settings
        self.texts = texts
    }
}

/// Where a pool's settings come from.
package struct Configuration {
    /// Reads them anew, for a start or a reload.
    let read: () -> Result<Reading, StartRefused>
    /// Makes them again of what an earlier master has read.
    let restore: (ConfigurationTexts?) -> Result<PoolSettings, StartRefused>

    /// - Parameter load: Reads all that there is to read from a source.
    init(
        files: some ConfigurationSource,
        load: @escaping (any ConfigurationSource) throws(ConfigurationRefused) -> PoolSettings
    ) {
        read = {
            let source = RecordingSource(files)
            return Self.settings { () throws(ConfigurationRefused) in try load(source) }
                .map { Reading($0, texts: source.texts) }
        }
        restore = { texts in
            guard let texts else {
                return .failure(StartRefused(.software, "nothing is known of its configuration"))
            }
            return Self.settings { () throws(ConfigurationRefused) in try load(texts) }
        }
    }

    /// Of a command line, or of a program: there is nothing to read.
    init(make: @escaping () -> Result<PoolSettings, StartRefused>) {
        read = { make().map { Reading($0) } }
        restore = { _ in make() }
    }

    private static func settings(
        _ load: () throws(ConfigurationRefused) -> PoolSettings
    ) -> Result<PoolSettings, StartRefused> {
        do throws(ConfigurationRefused) {
            return .success(try load())
        } catch {
            return .failure(StartRefused(error))
        }
    }
}
