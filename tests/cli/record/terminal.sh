# On a terminal a line a second: the total, then each source.
python3 - <<'END'
import os, pty, re, subprocess
leader, follower = pty.openpty()
child = subprocess.Popen(['ecopt', 'record', '-t', '1.2s', '--sources', 'model'], stdout=follower, stderr=follower)
os.close(follower)
said = b''
try:
    while data := os.read(leader, 1024):
        said += data
except OSError:
    pass
print(child.wait())
lines = said.decode().replace('\r', '').splitlines()
print(len(lines), all(re.match(r'^ +1 s +[0-9.?]+ W  model cpu [0-9.?]+$', l) for l in lines[:2]))
print(re.search(r"recorded to 'trace.csv'", lines[-1]) is not None)
END
