"""Tests of the console; a package, so that its stack ends with it (`package` scope)."""
