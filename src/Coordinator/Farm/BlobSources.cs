using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Finds the workers from which another worker can fetch the inputs of its stage, which takes load off the coordinator, or its model.
/// </summary>
internal sealed class BlobSources
{
    private const int MaxPerBlob = 3;
    private const int MaxPerModel = 16;

    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    /// <summary>Records the address of a worker's blob server; null when it has none.</summary>
    public void Set(string worker, string? address)
    {
        if (address is null)
            _addresses.Remove(worker);
        else
            _addresses[worker] = address;
    }

    public void Remove(string worker) => _addresses.Remove(worker);

    /// <summary>Returns the workers that produced or used the inputs of a stage; the last stages of the plan come first.</summary>
    /// <param name="worker">The worker that runs the stage.</param>
    public IReadOnlyList<BlobSource> Of(Clip clip, Stage stage, string worker) => stage.Inputs.Where(clip.Artefacts.ContainsKey)
        .SelectMany(input => HoldersOf(clip, input).Where(holder => holder != worker && _addresses.ContainsKey(holder)).Take(MaxPerBlob)
            .Select(holder => new BlobSource(clip.Artefacts[input].Digest, _addresses[holder])))
        .ToList();

    /// <summary>Returns the models of the workers in the farm, with the workers from which another one can fetch them.</summary>
    public FarmModels Models(FarmState state) => new(
        state.Workers.Values.Where(worker => _addresses.ContainsKey(worker.Id))
            .GroupBy(worker => worker.Model, StringComparer.Ordinal)
            .Select(group => new HeldModel(
                group.Key, group.Select(worker => worker.ModelName).Distinct(StringComparer.Ordinal).ToList(),
                group.Select(worker => _addresses[worker.Id]).Take(MaxPerModel).ToList()))
            .ToList());

    private static IEnumerable<string> HoldersOf(Clip clip, string artefact) => clip.Plan.Stages
        .Where(stage => clip.Stages[stage.Id].State == StageState.Done
            && (stage.Outputs.Contains(artefact) || stage.Inputs.Contains(artefact)))
        .Reverse().Select(stage => clip.Stages[stage.Id].Last?.Worker).OfType<string>().Distinct();
}
