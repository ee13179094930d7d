// Whole lines, written at once: to people, or to another process.

import Glibc

func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

func complain(_ line: String) { write("simulate: " + line + "\n", to: STDERR_FILENO) }

/// Overwrites the line on a terminal; elsewhere nothing is said.
func showProgress(_ text: String) {
    if isatty(STDERR_FILENO) == 1 { write("\r\u{1B}[K" + text, to: STDERR_FILENO) }
}

private func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Seconds on a clock that never goes back.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
