import threading

import pytest
from kombu import Connection


@pytest.mark.slow(reason="hundreds of messages have to meet a reader in the wrong moment")
def test_a_message_is_never_seen_before_it_is_whole(tmp_path):
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    connection = {
        "hostname": "localhost",
        "transport": "embedded.broker:Transport",
        "transport_options": options | {"control_folder": str(tmp_path / "control")},
    }
    received = []

    def read():
        with Connection(**connection) as reader, reader.SimpleQueue("words") as queue:
            while len(received) < 300:
                message = queue.get(timeout=10)
                message.ack()
                received.append(message.payload)

    thread = threading.Thread(target=read)
    thread.start()
    with Connection(**connection) as writer, writer.SimpleQueue("words") as queue:
        for number in range(300):
            queue.put({"number": number, "padding": "x" * 50_000})
    thread.join()

    assert sorted(words["number"] for words in received) == list(range(300))
