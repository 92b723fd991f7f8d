using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Scheduling.Learning;

namespace MlxVideo.Shared.Scheduling;

/// <summary>All that a scheduling decision is made of; immutable.</summary>
/// <param name="State">Batches, clips, tasks, workers and their attempts.</param>
/// <param name="Knowledge">What was learned of the workers.</param>
public sealed record FarmView(FarmState State, FarmKnowledge Knowledge);
