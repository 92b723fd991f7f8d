using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Counts how many open clips need each stage's output, so that a clip's intermediates, gigabytes for a long one, can be
/// removed when it ends. Equal outputs of several clips are one file. Images and finished clips stay.
/// </summary>
internal sealed class ArtefactUses
{
    private readonly Dictionary<BlobRef, int> _uses = [];

    public void Add(IEnumerable<NamedBlob> outputs)
    {
        foreach (var output in outputs)
            _uses[output.Blob] = _uses.GetValueOrDefault(output.Blob) + 1;
    }

    /// <summary>Takes back what an ended clip used; returns what nobody needs any more.</summary>
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
