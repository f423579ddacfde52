"""What invented people are called and where they live."""

from __future__ import annotations

# Three letters or more: a NAM takes the first three.
SURNAMES = (
    "Tremblay", "Gagnon", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné",
    "Ouellet", "Pelletier", "Bélanger", "Lévesque", "Bergeron", "Leblanc", "Paquette", "Girard",
    "Simard", "Boucher", "Caron", "Beaulieu", "Cloutier", "Dubé", "Poirier", "Fournier", "Hébert",
    "Thériault", "Desrosiers", "Villeneuve", "Charbonneau", "Turcotte", "Quesnel", "Zacharie",
    "Légaré", "Têtu", "Châteauvert", "Maïer", "Nguyen", "Haddad", "Okafor", "Kowalski", "Benoît",
    "L'Heureux", "D'Amours", "L'Écuyer", "St-Pierre", "Saint-Onge", "Lefebvre-Nadeau",
    "Roy-Desjardins", "De Grandpré", "Dufour-Côté",
)  # fmt: skip

GIVEN = {
    "F": (
        "Zoé", "Geneviève", "Marie-Ève", "Hélène", "Noémie", "Anaïs", "Camille", "Florence",
        "Jacqueline", "Mélanie", "Yvette", "Océane", "Béatrice", "Rose-Aimée", "Fatou", "Linda",
        "Sylvie", "Chloé", "Kim", "Agathe",
    ),
    "M": (
        "Jérôme", "Étienne", "Jean-François", "François", "Marc-André", "Hugo", "Benoît", "Xavier",
        "Thanh", "Loïc", "Gaétan", "Émile", "Pierre-Luc", "Wilfrid", "Samuel", "Karim", "Raphaël",
        "Normand", "Théo", "Zacharie",
    ),
}  # fmt: skip

#: At most 30 characters: the oldest targets keep no more.
STREETS = (
    "rue Saint-Jean", "boulevard René-Lévesque Ouest", "avenue du Parc", "chemin Sainte-Foy",
    "12e Avenue", "rang Saint-Joseph", "côte de la Montagne", "rue de l'Église", "rue Principale",
    "avenue des Érables", "rue Notre-Dame Est", "boulevard Laurier", "place d'Youville",
    "rue des Forges", "montée Masson", "rue du Général-Vanier", "3e Rue Nord", "rue King Ouest",
    "impasse des Lilas", "chemin du Lac-à-l'Épaule", "rue Jacques-Cartier", "route 138",
    "avenue Wilfrid-Laurier", "rue de la Fabrique", "croissant du Boisé",
)  # fmt: skip
LONG_STREET = "boulevard du Curé-Labelle-Ancien Nord-Ouest"

APARTMENTS = ("1", "2", "4", "12", "101", "207", "305", "1408", "A", "B", "3C", "PH-2")

#: Municipality, forward sortation area, telephone area.
PLACES = (
    ("Québec", "G1R", "418"), ("Lévis", "G6V", "418"), ("Montréal", "H2X", "514"),
    ("Laval", "H7N", "450"), ("Longueuil", "J4K", "450"), ("Sherbrooke", "J1H", "819"),
    ("Trois-Rivières", "G9A", "819"), ("Gatineau", "J8X", "819"), ("Saguenay", "G7H", "418"),
    ("Rimouski", "G5L", "418"), ("Saint-Jérôme", "J7Z", "450"), ("Drummondville", "J2B", "819"),
    ("Rouyn-Noranda", "J9X", "819"), ("Sept-Îles", "G4R", "418"), ("Val-d'Or", "J9P", "819"),
    ("L'Ancienne-Lorette", "G2E", "418"), ("Saint-Hyacinthe", "J2S", "450"),
    ("Baie-Saint-Paul", "G3Z", "418"), ("Mont-Laurier", "J9L", "819"), ("Gaspé", "G4X", "418"),
)  # fmt: skip

#: For text no hint explains.
WORDS = (
    "à la demande de la famille", "dossier complet", "voir la lettre jointe", "déménagement",
    "aucun changement", "copie conservée", "deuxième envoi", "en mains propres",
)  # fmt: skip
