"""The console: the staff's web page. It asks the services over HTTP and keeps nothing."""
