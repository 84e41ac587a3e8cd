"""Instruments: what the real ones would show of a simulated mother and infant, and the detectors of let-downs.

    balance                 milk on a weigh balance                 infant_weighing      test weighing
    ultrasound              diameter of a duct                      breast_volume        computerised measurement
    blood_draws             hormone in drawn blood                  hourly_expression    rate of synthesis
    tocograph               contractions of the uterus              sensation_report     what the mother says
    let_down_detector       let-downs in milk                       duct_response_detector   let-downs in a duct
    agreement               two instruments compared                scoring              a detector held to the truth
    signal_file             records read from CSV                   of_recording         instruments on a `Recording`

An instrument is a frozen dataclass around its `Parameters`; `observe` takes arrays and a numpy Generator and gives an
`Observation`. The same Generator state gives the same readings.
"""
