from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class OnlyStaffSendsMuch(FileUploadHandler):
    """Holds what others send as a form with files to what it may be without: Django counts no file,
    and keeps each on the disk, wanted or not."""

    def handle_raw_input(self, _input: object, _meta: object, length: int, *_rest: object) -> None:
        """:raises RequestDataTooBig: it is more than that, and nobody of ours sent it."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        is_much = most is not None and length > most
        if is_much and not (self.request and self.request.user.is_staff):
            raise RequestDataTooBig("There is more in this form than may be")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data  # for the handler after this one

    def file_complete(self, file_size: int) -> None:
        return None
