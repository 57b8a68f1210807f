"""What went into what, after the TransformationEvent of GS1 EPCIS 2.0."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Files
from mega_toys.declared.table import Bronze


class ReceivedLotEvents(sent.Received):
    """One event in which lots went into others, as received."""

    event_id = sent.text()
    event_time = sent.time()
    factory_id = sent.text()
    transformation_id = sent.text()
    input_quantity_list = sent.items(may_be_empty=True, lot_id=sent.text(), quantity=sent.number())
    output_quantity_list = sent.items(may_be_empty=True, lot_id=sent.text(), quantity=sent.number())


TABLE = Bronze(
    rows=ReceivedLotEvents,
    dataset=Dataset(key=("event_id",), business_time=("event_time",), source=Files("epcis")),
    contract=Contract(owner="safety-data", readers=frozenset({"engineer"})),
)
