using MlxVideo.Farm.Events;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// The events of one message and what follows from them: nobody learns of an event, and no answer is sent, before the events are stored.
/// </summary>
internal sealed class UnitOfWork
{
    private List<IFarmEvent> _events = [];
    private List<Action> _effects = [];

    /// <summary>Adds an event that has already been applied to the state.</summary>
    public void Add(IFarmEvent happened, Action effect)
    {
        _events.Add(happened);
        _effects.Add(effect);
    }

    /// <summary>Adds something to do once the events so far are stored.</summary>
    public void Then(Action effect) => _effects.Add(effect);

    /// <summary>Returns the collected events and effects, and starts anew.</summary>
    public (IReadOnlyList<IFarmEvent> Events, IReadOnlyList<Action> Effects) Take()
    {
        var taken = (_events, _effects);
        (_events, _effects) = ([], []);
        return taken;
    }
}
