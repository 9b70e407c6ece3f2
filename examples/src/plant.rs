//! A heated room with a fan: what it does by itself, apart from how it is reached.
//!
//! A thermostat heats the room to the setpoint; the room loses heat to the outside, and faster while
//! the fan runs. Above its limit the temperature is an alarm. What happens is logged.
//! [`registers`] says where all of it is for Modbus.

use core::{fmt, time::Duration};
use std::collections::VecDeque;

use lineside_modbus::net::Shared;

pub mod registers;

/// What can be set, and by whom it may be set to what.
pub const SETPOINTS: core::ops::RangeInclusive<i16> = 50..=900;
/// The same for the limit above which a temperature is an alarm.
pub const LIMITS: core::ops::RangeInclusive<i16> = 0..=1_200;

/// Degrees Celsius outside.
const OUTSIDE: f32 = 18.0;
/// Degrees a second that the heater brings, at full power.
const HEATER: f32 = 1.5;
/// The part of the difference to the outside that is lost each second: without the fan, and what the
/// fan at full speed adds.
const LOSS: (f32, f32) = (0.01, 0.09);
/// Revolutions a minute of the fan at full speed.
const FULL_SPEED: f32 = 1_450.0;
/// The thermostat heats below the setpoint by this, and stops at the setpoint.
const HYSTERESIS: f32 = 0.5;
/// Log entries that are kept.
const LOG: usize = 64;
/// Temperatures that are kept: as many as a Modbus queue can hold.
const TREND: usize = 31;
/// How often the process moves on.
const BEAT: Duration = Duration::from_millis(100);

/// The process.
#[derive(Clone, Debug)]
pub struct Plant {
    /// Degrees Celsius.
    temperature: f32,
    /// Revolutions a minute.
    speed: f32,
    /// Tenths of a degree Celsius.
    setpoint: i16,
    /// Tenths of a degree Celsius.
    limit: i16,
    name: [u16; 8],
    fan: bool,
    heater: bool,
    heating: bool,
    alarm: bool,
    running: Duration,
    fan_starts: u32,
    alarms: u32,
    log: VecDeque<Entry>,
    /// Tenths of a degree Celsius, one a second, the oldest first.
    trend: VecDeque<i16>,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Seconds since the plant was started.
    at: u32,
    what: Happened,
    /// Tenths of a degree Celsius.
    temperature: i16,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happened {
    Started = 1,
    FanOn = 2,
    FanOff = 3,
    Alarm = 4,
    AlarmOver = 5,
    Setpoint = 6,
    Limit = 7,
    HeaterOn = 8,
    HeaterOff = 9,
}

impl Default for Plant {
    fn default() -> Self {
        let mut plant = Self {
            temperature: 20.0,
            speed: 0.0,
            setpoint: 215,
            limit: 600,
            name: registers::name("Room 1"),
            fan: false,
            heater: true,
            heating: false,
            alarm: false,
            running: Duration::ZERO,
            fan_starts: 0,
            alarms: 0,
            log: VecDeque::new(),
            trend: VecDeque::new(),
        };
        plant.note(Happened::Started);
        plant
    }
}

impl Plant {
    /// A plant that has just been started.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a shared plant move on, for ever.
    pub async fn run(plant: &Shared<Self>) {
        let mut beat = tokio::time::interval(BEAT);
        loop {
            beat.tick().await;
            plant.lock().advance(BEAT);
        }
    }

    /// Lets so much time pass, in steps of a tenth of a second at most.
    pub fn advance(&mut self, mut time: Duration) {
        while !time.is_zero() {
            let step = time.min(BEAT);
            time -= step;
            self.step(step);
        }
    }

    fn step(&mut self, time: Duration) {
        let seconds = time.as_secs_f32();
        let full = if self.fan { FULL_SPEED } else { 0.0 };
        self.speed += (full - self.speed) * seconds.min(1.0);
        let setpoint = f32::from(self.setpoint) / 10.0;
        let on_at = if self.heating { 0.0 } else { HYSTERESIS };
        self.heating = self.heater && self.temperature < setpoint - on_at;
        let loss = LOSS.0 + LOSS.1 * self.speed / FULL_SPEED;
        let gain = if self.heating { HEATER } else { 0.0 };
        self.temperature += (gain - (self.temperature - OUTSIDE) * loss) * seconds;
        let before = self.running.as_secs();
        self.running += time;
        if self.running.as_secs() != before {
            let tenths = self.tenths();
            push(&mut self.trend, TREND, tenths);
        }
        self.watch();
    }

    /// Raises and ends the alarm.
    fn watch(&mut self) {
        let alarm = self.tenths() > self.limit;
        if core::mem::replace(&mut self.alarm, alarm) == alarm {
            return;
        }
        self.alarms += u32::from(alarm);
        self.note(if alarm {
            Happened::Alarm
        } else {
            Happened::AlarmOver
        });
    }

    /// Switches the fan.
    pub fn set_fan(&mut self, on: bool) {
        if core::mem::replace(&mut self.fan, on) == on {
            return;
        }
        self.fan_starts += u32::from(on);
        self.note(if on {
            Happened::FanOn
        } else {
            Happened::FanOff
        });
    }

    fn set_heater(&mut self, on: bool) {
        if core::mem::replace(&mut self.heater, on) != on {
            self.note(if on {
                Happened::HeaterOn
            } else {
                Happened::HeaterOff
            });
        }
    }

    /// Heats the room to so many tenths of a degree Celsius, within [`SETPOINTS`].
    pub fn set_setpoint(&mut self, tenths: i16) {
        if core::mem::replace(&mut self.setpoint, tenths) != tenths {
            self.note(Happened::Setpoint);
        }
    }

    fn set_limit(&mut self, tenths: i16) {
        if core::mem::replace(&mut self.limit, tenths) != tenths {
            self.note(Happened::Limit);
        }
    }

    fn note(&mut self, what: Happened) {
        let entry = Entry {
            at: self.seconds(),
            what,
            temperature: self.tenths(),
        };
        push(&mut self.log, LOG, entry);
    }

    /// The temperature in tenths of a degree.
    fn tenths(&self) -> i16 {
        // A room between the outside and the heater's best is far within an i16.
        (self.temperature * 10.0).round() as i16
    }

    /// How long it has been running.
    fn seconds(&self) -> u32 {
        u32::try_from(self.running.as_secs()).unwrap_or(u32::MAX)
    }
}

/// A line for each thing.
impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |on| if on { "on" } else { "off" };
        writeln!(f, "temperature {:6.1} °C", self.temperature)?;
        writeln!(f, "setpoint    {:6.1} °C", f32::from(self.setpoint) / 10.0)?;
        writeln!(f, "heater      {:>6}", on(self.heating))?;
        writeln!(f, "fan         {:>6}, {:.0} rpm", on(self.fan), self.speed)?;
        writeln!(f, "alarm       {:>6}", on(self.alarm))
    }
}

/// Appends, and forgets the oldest beyond `most`.
fn push<T>(queue: &mut VecDeque<T>, most: usize, value: T) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_thermostat_keeps_the_setpoint() {
        let mut plant = Plant::new();
        plant.set_setpoint(400);
        plant.advance(MINUTE);
        for _ in 0..60 {
            plant.advance(Duration::from_secs(1));
            assert!((390..=405).contains(&plant.tenths()), "{}", plant.tenths());
        }
        plant.set_heater(false);
        plant.advance(20 * MINUTE);
        assert_eq!(plant.tenths(), 180);
    }

    #[test]
    fn the_fan_cools_and_runs_up_and_down() {
        let mut plant = Plant::new();
        plant.set_setpoint(900);
        plant.advance(MINUTE);
        let hot = plant.tenths();
        plant.set_fan(true);
        plant.advance(Duration::from_secs(1));
        assert!(plant.speed > 700.0 && plant.speed < FULL_SPEED);
        plant.advance(MINUTE);
        assert!(plant.tenths() < hot - 100);
        plant.set_fan(false);
        plant.advance(MINUTE);
        assert!(plant.speed < 1.0);
        assert_eq!(plant.fan_starts, 1);
    }

    #[test]
    fn an_alarm_is_counted_and_logged_once() {
        let mut plant = Plant::new();
        plant.set_limit(300);
        plant.set_setpoint(350);
        plant.advance(MINUTE);
        assert!(plant.alarm);
        plant.set_setpoint(200);
        plant.advance(2 * MINUTE);
        assert!(!plant.alarm);
        let log: Vec<_> = plant.log.iter().map(|entry| entry.what).collect();
        let [
            Happened::Started,
            Happened::Limit,
            Happened::Setpoint,
            Happened::Alarm,
            Happened::Setpoint,
            Happened::AlarmOver,
        ] = log[..]
        else {
            panic!("{log:?}");
        };
        assert_eq!(plant.alarms, 1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut plant = Plant::new();
        for on in [true, false].into_iter().cycle().take(200) {
            plant.set_fan(on);
            plant.advance(Duration::from_secs(1));
        }
        assert_eq!((plant.log.len(), plant.trend.len()), (LOG, TREND));
        assert_eq!(plant.seconds(), 200);
    }
}
