# The same as app.py, by Rack, for Ruby's servers.
release = File.read(ENV.fetch('RELEASE')).strip
raise 'this release is broken' if release == 'broken'

sleep Float(release)
File.write(File.join(ENV.fetch('LOADED'), Process.pid.to_s), '')

small = "#{Process.pid}\n"
large = 'x' * (512 * 1024)

run(lambda { |environment|
  body = environment['PATH_INFO'] == '/large' ? large : small
  [200, { 'Content-Type' => 'text/plain', 'Content-Length' => body.bytesize.to_s }, [body]]
})
