"""Announcements: written, confirmed, sent to those who subscribed."""
