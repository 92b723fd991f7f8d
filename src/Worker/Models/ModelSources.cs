using MlxVideo.Shared.Api;

namespace MlxVideo.Worker.Models;

/// <summary>
/// The workers that have a model. Workers come and go, and get another address when they restart. Safe for concurrent use.
/// </summary>
internal sealed class ModelSources(ModelClient client, Uri coordinator, HeldModel model)
{
    private volatile IReadOnlyList<Uri> _addresses = AddressesOf(model, coordinator);

    /// <summary>The addresses as last known; may be empty.</summary>
    public IReadOnlyList<Uri> Addresses => _addresses;

    /// <summary>Asks the coordinator again. The addresses stay the same if it does not answer.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var farm = await client.ListAsync(coordinator, cancellationToken);
            _addresses = farm.Models.FirstOrDefault(each => each.Digest == model.Digest) is { } held ? AddressesOf(held, coordinator) : [];
        }
        catch (FarmApiException)
        {
            // The workers may be reachable nevertheless.
        }
    }

    /// <summary>Returns the usable addresses: in a farm with certificates, only those where a worker must show one.</summary>
    private static IReadOnlyList<Uri> AddressesOf(HeldModel model, Uri coordinator) => model.Sources
        .Select(source => Uri.TryCreate(source, UriKind.Absolute, out var address) && address.Scheme == coordinator.Scheme ? address : null)
        .OfType<Uri>().ToList();
}
