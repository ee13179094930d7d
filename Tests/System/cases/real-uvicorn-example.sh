#!/bin/bash
# uvicorn by the example of the package's documentation, which loses no connection.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
mkdir /srv/api
example=/usr/share/doc/martlet/examples/serve-uvicorn.py
holds "the package has the example" test -e "$example"
sed 's/"app:app"/"uvicorn_app:app"/' "$example" >/srv/api/serve.py
holds "the program's name was changed in it" grep -q uvicorn_app /srv/api/serve.py
cp "$programs/uvicorn_app.py" /srv/api
real_program "/usr/bin/python3 serve.py" Type=notify WorkingDirectory=/srv/api
