"""Prints the features of the package named in the first argument, from cargo's metadata on standard input."""

import json
import sys

package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == sys.argv[1])
print(*sorted(feature for feature in package["features"] if feature != "default"))
