"""The embedded engine, and the only room that imports whoosh."""
