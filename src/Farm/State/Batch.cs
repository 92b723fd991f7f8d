using System.Collections.Immutable;

namespace MlxVideo.Farm.State;

/// <summary>A submitted batch.</summary>
/// <param name="Id">Its id; ids grow in the order of submission.</param>
/// <param name="ClientToken">The client's own name for the submission.</param>
/// <param name="Weight">Its share of the farm among batches of the same priority class.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="EndedAt">When its last clip ended.</param>
/// <param name="Model">Digest of the model that it asks for; null when the first worker to join decides.</param>
/// <param name="Binding">Model and arithmetic of the workers that render it; null until a worker with its model is in the farm.</param>
/// <param name="Served">
/// Work of the clips that it has begun, in 10¹² operations for each unit of weight; a new batch begins at what the least served one has.
/// </param>
/// <param name="HasPreempting">Whether running stages of lower classes may be stopped for one of its clips.</param>
/// <param name="Left">Work of its stages that are not done, in 10¹² operations, by kind of stage.</param>
/// <param name="Clips">Its clips by row.</param>
/// <param name="Waiting">Clips that are not begun, though their prompts may be encoded, in the order in which they are to be.</param>
/// <param name="Started">Clips that are being denoised or further, and not ended, in that order.</param>
/// <param name="Ready">Those of them that have a stage for a worker.</param>
public sealed record Batch(
    string Id, string ClientToken, double Weight, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, string? Model, ModelBinding? Binding,
    double Served, bool HasPreempting, ImmutableSortedDictionary<string, double> Left,
    ImmutableSortedDictionary<int, Clip> Clips, ImmutableSortedSet<ClipOrder> Waiting, ImmutableSortedSet<ClipOrder> Started,
    ImmutableSortedSet<ClipOrder> Ready);

/// <summary>A clip's place in its batch: by priority, then deadline, then row.</summary>
/// <param name="Priority">Higher goes first.</param>
/// <param name="Deadline">Earlier goes first; null goes last.</param>
/// <param name="Row">Row number in the CSV's data.</param>
public readonly record struct ClipOrder(int Priority, DateTimeOffset? Deadline, int Row) : IComparable<ClipOrder>
{
    /// <inheritdoc/>
    public int CompareTo(ClipOrder other)
    {
        var byPriority = other.Priority.CompareTo(Priority);
        if (byPriority != 0)
            return byPriority;
        var byDeadline = (Deadline ?? DateTimeOffset.MaxValue).CompareTo(other.Deadline ?? DateTimeOffset.MaxValue);
        return byDeadline != 0 ? byDeadline : Row.CompareTo(other.Row);
    }
}
