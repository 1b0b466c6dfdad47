<?php
// What php-horde-activesync reads in each file named: one line of JSON, a list of names and texts in their order.
spl_autoload_register(function ($class) {
    @include_once str_replace('_', '/', $class) . '.php';
});

foreach (array_slice($argv, 1) as $path) {
    $decoder = new Horde_ActiveSync_Wbxml_Decoder(fopen($path, 'rb'));
    $decoder->readWbxmlHeader();
    $read = [];
    while ($element = $decoder->getElement()) {
        if ($element[Horde_ActiveSync_Wbxml::EN_TYPE] == Horde_ActiveSync_Wbxml::EN_TYPE_STARTTAG) {
            $read[] = $element[Horde_ActiveSync_Wbxml::EN_TAG];
        } elseif ($element[Horde_ActiveSync_Wbxml::EN_TYPE] == Horde_ActiveSync_Wbxml::EN_TYPE_CONTENT) {
            $read[] = '=' . $element[Horde_ActiveSync_Wbxml::EN_CONTENT];
        }
    }
    echo json_encode($read), "\n";
}
