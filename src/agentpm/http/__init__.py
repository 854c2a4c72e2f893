"""The only door to the web: documents at URLs, each within limits of bytes, time, trust."""
