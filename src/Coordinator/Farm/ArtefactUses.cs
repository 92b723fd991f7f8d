using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Counts the open clips that need each stage's output. This allows a clip's intermediates, gigabytes for a long clip, to be removed when
/// it ends, although several clips share one file for equal outputs. Images and finished clips are kept.
/// </summary>
internal sealed class ArtefactUses
{
    private readonly Dictionary<BlobRef, int> _uses = [];

    public void Add(IEnumerable<NamedBlob> outputs)
    {
        foreach (var output in outputs)
            _uses[output.Blob] = _uses.GetValueOrDefault(output.Blob) + 1;
    }

    /// <summary>Releases the artefacts of an ended clip and returns the blobs that are no longer needed.</summary>
    public IReadOnlyList<BlobRef> Release(Clip ended)
    {
        var unused = new List<BlobRef>();
        foreach (var (name, blob) in ended.Artefacts)
        {
            if (ended.Plan.ExternalInputs.ContainsKey(name) || name == ended.Plan.Clip || !_uses.TryGetValue(blob, out var uses))
                continue;
            _uses[blob] = uses - 1;
            if (uses > 1)
                continue;
            _uses.Remove(blob);
            unused.Add(blob);
        }

        return unused;
    }
}
